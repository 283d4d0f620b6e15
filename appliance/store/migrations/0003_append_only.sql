-- Movements and epochs are only ever appended. One growing number is their key, so that adding one
-- writes one page of the card; a table WITHOUT ROWID writes four to six when a page is full.
-- id = night_id * 2^24 + seq (or epoch): a night is a range of numbers.

CREATE TABLE movements_by_number (
    id          INTEGER PRIMARY KEY,
    night_id    INTEGER GENERATED ALWAYS AS (id >> 24) VIRTUAL,
    seq         INTEGER GENERATED ALWAYS AS (id & 16777215) VIRTUAL,
    onset_tick  INTEGER NOT NULL,
    end_tick    INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    side        TEXT,
    owner       TEXT NOT NULL,
    p_patient   REAL,
    peak_mg     REAL,
    peak_dps    REAL,
    parts       TEXT NOT NULL,                   -- JSON [["left", onset_tick, end_tick], ...]
    evidence    TEXT NOT NULL,                   -- JSON of detect.movement.Evidence
    note        TEXT
);

INSERT INTO movements_by_number
    (id, onset_tick, end_tick, kind, side, owner, p_patient, peak_mg, peak_dps, parts, evidence, note)
SELECT (night_id << 24) | seq,
       onset_tick, end_tick, kind, side, owner, p_patient, peak_mg, peak_dps, parts, evidence, note
FROM movements ORDER BY night_id, seq;

DROP TABLE movements;
ALTER TABLE movements_by_number RENAME TO movements;

CREATE TABLE epochs_by_number (
    id               INTEGER PRIMARY KEY,
    night_id         INTEGER GENERATED ALWAYS AS (id >> 24) VIRTUAL,
    epoch            INTEGER GENERATED ALWAYS AS (id & 16777215) VIRTUAL,
    patient_moving_s REAL NOT NULL,
    partner_moving_s REAL,                      -- NULL: a private night
    in_bed_s         REAL,
    usable_left_s    REAL NOT NULL,
    usable_right_s   REAL NOT NULL,
    usable_strip_s   REAL NOT NULL,
    activity_mg_s    REAL
);

INSERT INTO epochs_by_number
    (id, patient_moving_s, partner_moving_s, in_bed_s, usable_left_s, usable_right_s,
     usable_strip_s, activity_mg_s)
SELECT (night_id << 24) | epoch,
       patient_moving_s, partner_moving_s, in_bed_s, usable_left_s, usable_right_s,
       usable_strip_s, activity_mg_s
FROM epochs ORDER BY night_id, epoch;

DROP TABLE epochs;
ALTER TABLE epochs_by_number RENAME TO epochs;

-- A foreign key would look through the whole table for the rows of a deleted night.
CREATE TRIGGER night_deleted AFTER DELETE ON nights BEGIN
    DELETE FROM movements WHERE id BETWEEN old.id << 24 AND (old.id << 24) + 16777215;
    DELETE FROM epochs WHERE id BETWEEN old.id << 24 AND (old.id << 24) + 16777215;
END;
