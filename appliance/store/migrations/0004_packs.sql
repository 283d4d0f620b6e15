-- A closed night's movements and epochs once more in one piece: old nights are scored again by
-- reading one row each. A copy only; whatever changes a row that was copied deletes it.
-- A later step that gives movements or epochs other columns empties packs, and one that builds their
-- tables anew makes the triggers again.

CREATE TABLE packs (
    night_id    INTEGER PRIMARY KEY REFERENCES nights(id) ON DELETE CASCADE,
    body        BLOB NOT NULL                    -- appliance/store/packs.py
);

CREATE TRIGGER movement_added AFTER INSERT ON movements BEGIN
    DELETE FROM packs WHERE night_id = new.id >> 24;
END;
CREATE TRIGGER movement_changed AFTER UPDATE ON movements BEGIN
    DELETE FROM packs WHERE night_id IN (old.id >> 24, new.id >> 24);
END;
CREATE TRIGGER movement_deleted AFTER DELETE ON movements BEGIN
    DELETE FROM packs WHERE night_id = old.id >> 24;
END;
CREATE TRIGGER epoch_added AFTER INSERT ON epochs BEGIN
    DELETE FROM packs WHERE night_id = new.id >> 24;
END;
CREATE TRIGGER epoch_changed AFTER UPDATE ON epochs BEGIN
    DELETE FROM packs WHERE night_id IN (old.id >> 24, new.id >> 24);
END;
CREATE TRIGGER epoch_deleted AFTER DELETE ON epochs BEGIN
    DELETE FROM packs WHERE night_id = old.id >> 24;
END;
