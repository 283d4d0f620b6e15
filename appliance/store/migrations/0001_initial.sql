-- Years of nights in one small file. Ticks are 10 ms of CLOCK_MONOTONIC since the night began;
-- *_utc are Unix seconds (REAL); NULL is "not known".

CREATE TABLE nights (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: events carry it
    name              TEXT NOT NULL UNIQUE,      -- evening's local date, "2026-01-05", "2026-01-05-2"
    kind              TEXT NOT NULL,             -- night, nap, sit
    state             TEXT NOT NULL,             -- recording, paused, closed
    start_utc         REAL,                      -- NULL until the clock was set
    time_zone         TEXT NOT NULL,             -- IANA name at the start
    boot_id           TEXT NOT NULL,             -- boot in which origin_monotonic_ns holds
    origin_monotonic_ns INTEGER NOT NULL,        -- CLOCK_MONOTONIC of tick 0, in boot_id
    end_tick          INTEGER,                   -- while recording: last tick known to be stored
    end_reason        TEXT,                      -- button, page, mqtt, out_of_bed, hour, demo, ...
    lights_off_tick   INTEGER,
    lights_on_tick    INTEGER,
    private           INTEGER NOT NULL DEFAULT 0,
    simulated         INTEGER NOT NULL DEFAULT 0,
    scale             TEXT NOT NULL,             -- JSON of drivers.channels.NightScale
    detector          TEXT NOT NULL,             -- version of detector and parameters
    calibration_id    INTEGER REFERENCES calibrations(id),
    software          TEXT NOT NULL,             -- version of the product
    recording         TEXT                       -- file of the raw signals in recordings/, or NULL
);

CREATE TABLE movements (
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
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
    note        TEXT,
    PRIMARY KEY (night_id, seq)
) WITHOUT ROWID;

CREATE TABLE corrections (                       -- what the person says, beside the detector's word
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    owner       TEXT NOT NULL,                   -- patient, partner, both, unsure, nobody
    created_utc REAL NOT NULL,
    PRIMARY KEY (night_id, seq)
) WITHOUT ROWID;

CREATE TABLE epochs (
    night_id         INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    epoch            INTEGER NOT NULL,
    patient_moving_s REAL NOT NULL,
    partner_moving_s REAL,                      -- NULL: a private night
    in_bed_s         REAL,
    usable_left_s    REAL NOT NULL,
    usable_right_s   REAL NOT NULL,
    usable_strip_s   REAL NOT NULL,
    activity_mg_s    REAL,
    PRIMARY KEY (night_id, epoch)
) WITHOUT ROWID;

CREATE TABLE gaps (
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    device      TEXT NOT NULL,
    start_tick  INTEGER NOT NULL,
    end_tick    INTEGER NOT NULL,
    PRIMARY KEY (night_id, device, start_tick)
) WITHOUT ROWID;

CREATE TABLE marks (
    id          INTEGER PRIMARY KEY,
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    tick        INTEGER NOT NULL,
    kind        TEXT NOT NULL,                   -- lights_off, lights_on, mark, pause, resume
    text        TEXT
);

CREATE TABLE anchors (                           -- wall time of a tick, as it became known
    night_id      INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    tick          INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    monotonic_ns  INTEGER NOT NULL,
    utc           REAL NOT NULL,
    synchronised  INTEGER NOT NULL
);

CREATE TABLE snapshots (                         -- the detector's state, one row a night, replaced
    night_id    INTEGER PRIMARY KEY REFERENCES nights(id) ON DELETE CASCADE,
    tick        INTEGER NOT NULL,                -- samples before this tick are in the state
    version     TEXT NOT NULL,
    state       BLOB NOT NULL
);

CREATE TABLE faults (
    id          INTEGER PRIMARY KEY,
    device      TEXT NOT NULL,                   -- left, right, strip, disk, clock, database, ...
    code        TEXT NOT NULL,                   -- lost, overrun, wrong_chip, disk_full, ...
    text        TEXT NOT NULL,                   -- one plain sentence
    night_id    INTEGER REFERENCES nights(id) ON DELETE SET NULL,
    started_utc REAL,
    cleared_utc REAL,
    cleared     INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE diary (
    date        TEXT PRIMARY KEY,                -- evening's local date
    evening     TEXT NOT NULL DEFAULT '{}',      -- JSON
    morning     TEXT NOT NULL DEFAULT '{}',
    updated_utc REAL NOT NULL
);

CREATE TABLE calibrations (
    id          INTEGER PRIMARY KEY,
    created_utc REAL NOT NULL,
    values_json TEXT NOT NULL
);

CREATE TABLE settings (                          -- changed on the page, layered over config.toml
    key         TEXT PRIMARY KEY,                -- "night.auto_end", or private: "web.password_hash"
    value       TEXT NOT NULL,                   -- JSON
    updated_utc REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE outbox (                            -- events for the outside, kept until delivered
    id          INTEGER PRIMARY KEY,             -- milliseconds of created_utc, or one more
    event_type  TEXT NOT NULL,
    payload     TEXT NOT NULL,                   -- JSON, complete but for the device's id
    created_utc REAL NOT NULL,
    expires_utc REAL                             -- NULL: never
);

CREATE TABLE commands (                          -- what the page or MQTT asks of the recorder
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    verb        TEXT NOT NULL,                   -- start_night, end_night, mark, pause, resume, ...
    args        TEXT NOT NULL DEFAULT '{}',
    source      TEXT NOT NULL,                   -- page, mqtt, button
    created_utc REAL NOT NULL,
    done_utc    REAL,
    ok          INTEGER,
    result      TEXT
);

CREATE TABLE status (                            -- one row: what the recorder last said of itself
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    body        TEXT NOT NULL,                   -- JSON, see appliance/store/status.py
    updated_utc REAL NOT NULL
);

CREATE INDEX faults_open ON faults (cleared, id);
CREATE INDEX marks_night ON marks (night_id, tick);
CREATE INDEX anchors_night ON anchors (night_id, tick);
