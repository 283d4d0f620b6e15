PRAGMA application_id = 1347177811;
PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE anchors (                           -- wall time of a tick, as it became known
    night_id      INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    tick          INTEGER NOT NULL,
    boot_id       TEXT NOT NULL,
    monotonic_ns  INTEGER NOT NULL,
    utc           REAL NOT NULL,
    synchronised  INTEGER NOT NULL
);
INSERT INTO "anchors" VALUES(1,0,'boot-1',6000000000,1767650401.0,1);
INSERT INTO "anchors" VALUES(2,0,'boot-1',221000000000,1767650616.0,1);
CREATE TABLE calibrations (
    id          INTEGER PRIMARY KEY,
    created_utc REAL NOT NULL,
    values_json TEXT NOT NULL
);
INSERT INTO "calibrations" VALUES(1,1767650000.0,'{"lag_ms": 1.5}');
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
INSERT INTO "commands" VALUES(1,'start_night','{}','page',1767650400.0,1767650401.0,1,'night 2026-01-05 has begun');
INSERT INTO "commands" VALUES(2,'lights_off','{}','page',1767650401.0,1767650402.0,1,'lights off');
INSERT INTO "commands" VALUES(3,'mark','{"text": "thunder \u2014 <&>"}','page',1767650612.0,1767650613.0,1,'marked');
INSERT INTO "commands" VALUES(4,'lights_on','{}','page',1767650613.0,1767650614.0,1,'lights on');
INSERT INTO "commands" VALUES(5,'end_night','{}','page',1767650614.0,1767650615.0,1,'night 2026-01-05 has ended');
INSERT INTO "commands" VALUES(6,'start_night','{"kind": "nap"}','page',1767650615.0,1767650616.0,1,'night 2026-01-05-nap has begun');
CREATE TABLE corrections (                       -- what the person says, beside the detector's word
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    seq         INTEGER NOT NULL,
    owner       TEXT NOT NULL,                   -- patient, partner, both, unsure, nobody
    created_utc REAL NOT NULL,
    PRIMARY KEY (night_id, seq)
) WITHOUT ROWID;
INSERT INTO "corrections" VALUES(1,0,'partner',1767651000.0);
CREATE TABLE diary (
    date        TEXT PRIMARY KEY,                -- evening's local date
    evening     TEXT NOT NULL DEFAULT '{}',      -- JSON
    morning     TEXT NOT NULL DEFAULT '{}',
    updated_utc REAL NOT NULL
);
INSERT INTO "diary" VALUES('2026-01-05','{"coffee": 2}','{}',1767650000.0);
CREATE TABLE "epochs" (
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
INSERT INTO "epochs" VALUES(16777216,2.83,1.15,30.0,30.0,30.0,30.0,471.82);
INSERT INTO "epochs" VALUES(16777217,2.01,0.51,30.0,30.0,30.0,30.0,360.64);
INSERT INTO "epochs" VALUES(16777218,5.32,0.28,30.0,30.0,30.0,30.0,257.85);
INSERT INTO "epochs" VALUES(16777219,6.49,2.26,30.0,30.0,30.0,30.0,690.16);
INSERT INTO "epochs" VALUES(16777220,0.0,2.1,30.0,30.0,30.0,30.0,0.0);
INSERT INTO "epochs" VALUES(16777221,0.0,0.0,30.0,30.0,30.0,30.0,0.0);
INSERT INTO "epochs" VALUES(16777222,1.19,2.14,30.0,30.0,30.0,30.0,81.91);
INSERT INTO "epochs" VALUES(33554432,3.03,0.29,30.0,30.0,30.0,30.0,154.01);
INSERT INTO "epochs" VALUES(33554433,4.56,1.67,30.0,30.0,30.0,30.0,100.04);
INSERT INTO "epochs" VALUES(33554434,3.4,8.28,30.0,30.0,30.0,30.0,816.07);
INSERT INTO "epochs" VALUES(33554435,0.0,1.01,30.0,30.0,30.0,30.0,0.45);
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
INSERT INTO "faults" VALUES(1,'left','lost','the left sensor does not answer',1,1767650554.0,NULL,0);
CREATE TABLE gaps (
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    device      TEXT NOT NULL,
    start_tick  INTEGER NOT NULL,
    end_tick    INTEGER NOT NULL,
    PRIMARY KEY (night_id, device, start_tick)
) WITHOUT ROWID;
INSERT INTO "gaps" VALUES(1,'left',15000,15100);
CREATE TABLE marks (
    id          INTEGER PRIMARY KEY,
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    tick        INTEGER NOT NULL,
    kind        TEXT NOT NULL,                   -- lights_off, lights_on, mark, pause, resume
    text        TEXT
);
INSERT INTO "marks" VALUES(1,1,100,'lights_off',NULL);
INSERT INTO "marks" VALUES(2,1,21200,'mark','thunder — <&>');
INSERT INTO "marks" VALUES(3,1,21300,'lights_on',NULL);
CREATE TABLE "movements" (
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
INSERT INTO "movements" VALUES(16777216,492,607,'bed',NULL,'partner',0.15,5.93,0.82,'[]','{"tilt_deg":0.0,"common_mode":0.753}',NULL);
INSERT INTO "movements" VALUES(16777217,2160,2204,'jerk','left','patient',1.0,449.5,79.34,'[["left",2160,2204]]','{"tilt_deg":8.3,"common_mode":0.041,"ankle_strip_db":3.5,"lag_ms":30.0,"ring_ratio":0.077}',NULL);
INSERT INTO "movements" VALUES(16777218,2328,2567,'body','both','patient',0.999,697.6,158.29,'[["left",2328,2565],["right",2367,2567]]','{"tilt_deg":108.5,"common_mode":0.302,"ankle_strip_db":1.6,"lag_ms":-300.0,"ring_ratio":0.814}',NULL);
INSERT INTO "movements" VALUES(16777219,5600,5801,'leg','both','patient',1.0,1195.6,158.98,'[["right",5600,5801],["left",5606,5801]]','{"tilt_deg":17.8,"common_mode":0.281,"ankle_strip_db":2.6,"lag_ms":30.0,"ring_ratio":0.019}',NULL);
INSERT INTO "movements" VALUES(16777220,5697,5721,'bed',NULL,'partner',0.05,13.2,0.15,'[]','{"tilt_deg":0.0,"common_mode":0.499,"ankle_strip_db":-4.0}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777221,5852,5879,'bed',NULL,'partner',0.05,15.28,0.13,'[]','{"tilt_deg":0.0,"common_mode":0.341,"ankle_strip_db":-4.2}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777222,7000,7212,'leg','both','patient',1.0,266.2,49.05,'[["left",7000,7109],["right",7016,7212]]','{"tilt_deg":7.6,"common_mode":0.549,"ankle_strip_db":5.2,"lag_ms":30.0,"ring_ratio":0.073}',NULL);
INSERT INTO "movements" VALUES(16777223,8680,9051,'leg','right','patient',1.0,959.2,156.53,'[["right",8680,9051]]','{"tilt_deg":20.9,"common_mode":0.038,"ankle_strip_db":4.4,"lag_ms":30.0,"ring_ratio":0.029}',NULL);
INSERT INTO "movements" VALUES(16777224,8756,8784,'bed',NULL,'partner',0.05,20.41,0.13,'[]','{"tilt_deg":0.0,"common_mode":0.177,"ankle_strip_db":-1.3}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777225,9102,9121,'bed',NULL,'partner',0.05,12.52,0.12,'[]','{"tilt_deg":0.0,"common_mode":0.243,"ankle_strip_db":-1.4}',NULL);
INSERT INTO "movements" VALUES(16777226,9336,9616,'leg','left','patient',1.0,469.4,75.41,'[["left",9336,9616]]','{"tilt_deg":11.3,"common_mode":0.061,"ankle_strip_db":2.3,"lag_ms":30.0,"ring_ratio":0.02}',NULL);
INSERT INTO "movements" VALUES(16777227,9411,9430,'bed',NULL,'partner',0.05,9.41,0.13,'[]','{"tilt_deg":0.0,"common_mode":0.313,"ankle_strip_db":-3.9}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777228,9667,9677,'bed',NULL,'partner',0.05,6.12,0.07,'[]','{"tilt_deg":0.0,"common_mode":0.338,"ankle_strip_db":-4.1}',NULL);
INSERT INTO "movements" VALUES(16777229,10144,10462,'leg','right','patient',1.0,2221.5,218.33,'[["right",10144,10462]]','{"tilt_deg":33.2,"common_mode":0.037,"ankle_strip_db":6.2,"lag_ms":30.0,"ring_ratio":0.019}',NULL);
INSERT INTO "movements" VALUES(16777230,10235,10403,'bed',NULL,'partner',0.05,32.74,4.14,'[]','{"tilt_deg":0.0,"common_mode":0.072,"ankle_strip_db":5.1}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777231,10513,10523,'bed',NULL,'partner',0.05,8.17,0.15,'[]','{"tilt_deg":0.0,"common_mode":0.22,"ankle_strip_db":-1.2}',NULL);
INSERT INTO "movements" VALUES(16777232,12348,12558,'bed',NULL,'partner',0.05,3.28,0.43,'[]','{"tilt_deg":0.0,"common_mode":0.86,"ankle_strip_db":-13.1}',NULL);
INSERT INTO "movements" VALUES(16777233,19646,19765,'leg','left','patient',1.0,220.5,52.34,'[["left",19646,19765]]','{"tilt_deg":9.6,"common_mode":0.012,"ankle_strip_db":4.6,"lag_ms":30.0,"ring_ratio":0.376}',NULL);
INSERT INTO "movements" VALUES(16777234,19887,19990,'bed',NULL,'partner',0.05,112.7,8.44,'[]','{"tilt_deg":0.0,"common_mode":0.948,"ankle_strip_db":-12.4}','kick_moved_partner');
INSERT INTO "movements" VALUES(16777235,20168,20279,'bed',NULL,'partner',0.05,7.4,1.19,'[]','{"tilt_deg":0.0,"common_mode":0.934,"ankle_strip_db":-16.0}',NULL);
INSERT INTO "movements" VALUES(16777236,21206,21321,'leg','both','patient',1.0,3388.6,364.63,'[["left",21206,21321],["right",21234,21317]]','{"tilt_deg":52.4,"common_mode":0.088,"ankle_strip_db":6.6,"lag_ms":-300.0,"ring_ratio":0.215}',NULL);
INSERT INTO "movements" VALUES(16777237,21113,21191,'bed',NULL,'partner',0.05,37.76,4.32,'[]','{"tilt_deg":0.0,"common_mode":0.864,"ankle_strip_db":-16.3}',NULL);
INSERT INTO "movements" VALUES(33554432,749,781,'jerk','left','patient',1.0,345.9,75.7,'[["left",749,781]]','{"tilt_deg":3.3,"common_mode":0.065,"ring_ratio":0.032}',NULL);
INSERT INTO "movements" VALUES(33554433,832,852,'bed',NULL,'partner',0.15,7.92,0.16,'[]','{"tilt_deg":0.0,"common_mode":0.388}',NULL);
INSERT INTO "movements" VALUES(33554434,1317,1588,'leg','left','patient',1.0,379.4,55.23,'[["left",1317,1588]]','{"tilt_deg":9.2,"common_mode":0.028,"ankle_strip_db":5.1,"lag_ms":20.0,"ring_ratio":0.054}',NULL);
INSERT INTO "movements" VALUES(33554435,1397,1406,'bed',NULL,'partner',0.05,7.24,0.11,'[]','{"tilt_deg":0.0,"common_mode":0.29,"ankle_strip_db":-2.1}','kick_moved_partner');
INSERT INTO "movements" VALUES(33554436,3444,3601,'bed',NULL,'partner',0.05,6.05,1.02,'[]','{"tilt_deg":0.0,"common_mode":0.899,"ankle_strip_db":-16.4}',NULL);
INSERT INTO "movements" VALUES(33554437,3812,4268,'leg','left','patient',1.0,454.8,112.08,'[["left",3812,4268]]','{"tilt_deg":15.3,"common_mode":0.026,"ankle_strip_db":6.1,"lag_ms":40.0,"ring_ratio":0.039}',NULL);
INSERT INTO "movements" VALUES(33554438,3890,3900,'bed',NULL,'partner',0.05,8.94,0.13,'[]','{"tilt_deg":0.0,"common_mode":0.297,"ankle_strip_db":-0.1}','kick_moved_partner');
INSERT INTO "movements" VALUES(33554439,6344,6933,'bed',NULL,'partner',0.05,95.3,6.75,'[]','{"tilt_deg":0.0,"common_mode":0.874,"ankle_strip_db":-15.1}',NULL);
INSERT INTO "movements" VALUES(33554440,7115,7423,'leg','left','patient',1.0,1190.7,161.08,'[["left",7115,7423]]','{"tilt_deg":19.6,"common_mode":0.047,"ankle_strip_db":5.9,"lag_ms":30.0,"ring_ratio":0.034}',NULL);
INSERT INTO "movements" VALUES(33554441,7190,7376,'bed',NULL,'partner',0.05,69.09,3.43,'[]','{"tilt_deg":0.0,"common_mode":0.101,"ankle_strip_db":0.3}','kick_moved_partner');
INSERT INTO "movements" VALUES(33554442,7474,7492,'bed',NULL,'partner',0.05,14.35,0.12,'[]','{"tilt_deg":0.0,"common_mode":0.17,"ankle_strip_db":-0.8}',NULL);
INSERT INTO "movements" VALUES(33554443,8663,8695,'jerk','both','patient',1.0,1680.5,180.01,'[["left",8663,8695],["right",8663,8690]]','{"tilt_deg":7.5,"common_mode":0.355,"ankle_strip_db":3.6,"lag_ms":20.0,"ring_ratio":0.013}',NULL);
INSERT INTO "movements" VALUES(33554444,8746,8781,'bed',NULL,'partner',0.05,19.65,0.13,'[]','{"tilt_deg":0.0,"common_mode":0.454,"ankle_strip_db":-6.7}',NULL);
INSERT INTO "movements" VALUES(33554445,11654,11755,'bed',NULL,'partner',0.05,5.19,0.56,'[]','{"tilt_deg":0.0,"common_mode":0.852,"ankle_strip_db":-16.3}',NULL);
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
INSERT INTO "nights" VALUES(1,'2026-01-05','night','closed',1767650401.0,'Europe/Berlin','boot-1',6000000000,21400,'page',100,21300,0,1,'{"accel": [-4.096, 4.095875], "gyro": [-655.36, 655.34], "strip": [-2048.0, 2047.938]}','2',1,'0.1.0',NULL);
INSERT INTO "nights" VALUES(2,'2026-01-05-nap','nap','recording',1767650616.0,'Europe/Berlin','boot-1',221000000000,13000,NULL,NULL,NULL,0,1,'{"accel": [-4.096, 4.095875], "gyro": [-655.36, 655.34], "strip": [-2048.0, 2047.938]}','2',1,'0.1.0',NULL);
CREATE TABLE outbox (                            -- events for the outside, kept until delivered
    id          INTEGER PRIMARY KEY,             -- milliseconds of created_utc, or one more
    event_type  TEXT NOT NULL,
    payload     TEXT NOT NULL,                   -- JSON, complete but for the device's id
    created_utc REAL NOT NULL,
    expires_utc REAL                             -- NULL: never
);
INSERT INTO "outbox" VALUES(1767650615000,'partner_movement','{"schema":1,"id":"2026-01-05-1-m18","event_type":"partner_movement","time":"2026-01-05T23:03:19.870+01:00","night":"2026-01-05","seq":18,"onset_s":198.87,"duration_s":1.03,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":112.7,"peak_dps":8.44}',1767650615.0,1767737015.0);
INSERT INTO "outbox" VALUES(1767650615001,'kick_moved_partner','{"schema":1,"id":"2026-01-05-1-k19646","event_type":"kick_moved_partner","time":"2026-01-05T23:03:17.460+01:00","night":"2026-01-05","onset_s":196.46,"partner_onset_s":198.87,"lag_s":2.41}',1767650615.0,1767737015.0);
INSERT INTO "outbox" VALUES(1767650615002,'partner_movement','{"schema":1,"id":"2026-01-05-1-m19","event_type":"partner_movement","time":"2026-01-05T23:03:22.680+01:00","night":"2026-01-05","seq":19,"onset_s":201.68,"duration_s":1.11,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":7.4,"peak_dps":1.19}',1767650615.0,1767737015.0);
INSERT INTO "outbox" VALUES(1767650615003,'limb_movement','{"schema":1,"id":"2026-01-05-1-m20","event_type":"limb_movement","time":"2026-01-05T23:03:33.060+01:00","night":"2026-01-05","seq":20,"onset_s":212.06,"duration_s":1.15,"kind":"leg","side":"both","owner":"patient","p_patient":1.0,"peak_mg":3388.6,"peak_dps":364.63}',1767650615.0,1767737015.0);
INSERT INTO "outbox" VALUES(1767650615004,'partner_movement','{"schema":1,"id":"2026-01-05-1-m21","event_type":"partner_movement","time":"2026-01-05T23:03:32.130+01:00","night":"2026-01-05","seq":21,"onset_s":211.13,"duration_s":0.78,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":37.76,"peak_dps":4.32}',1767650615.0,1767737015.0);
INSERT INTO "outbox" VALUES(1767650615005,'night_ended','{"schema":1,"id":"2026-01-05-1-end","event_type":"night_ended","time":"2026-01-05T23:03:35.000+01:00","night":"2026-01-05","reason":"page","duration_s":214.0}',1767650615.0,NULL);
INSERT INTO "outbox" VALUES(1767650615006,'night_ready','{"schema":1,"id":"2026-01-05-1-ready","event_type":"night_ready","time":"2026-01-05T23:03:35.000+01:00","night":"2026-01-05","reason":"page","duration_s":214.0}',1767650615.0,NULL);
INSERT INTO "outbox" VALUES(1767650616000,'night_started','{"schema":1,"id":"2026-01-05-nap-2-start","event_type":"night_started","time":"2026-01-05T23:03:36.000+01:00","night":"2026-01-05-nap","kind":"nap","reason":"page","private":false}',1767650616.0,NULL);
INSERT INTO "outbox" VALUES(1767650626000,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m1","event_type":"partner_movement","time":"2026-01-05T23:03:44.320+01:00","night":"2026-01-05-nap","seq":1,"onset_s":8.32,"duration_s":0.2,"kind":"bed","side":null,"owner":"partner","p_patient":0.15,"peak_mg":7.92,"peak_dps":0.16}',1767650626.0,1767737026.0);
INSERT INTO "outbox" VALUES(1767650634000,'limb_movement','{"schema":1,"id":"2026-01-05-nap-2-m2","event_type":"limb_movement","time":"2026-01-05T23:03:49.170+01:00","night":"2026-01-05-nap","seq":2,"onset_s":13.17,"duration_s":2.71,"kind":"leg","side":"left","owner":"patient","p_patient":1.0,"peak_mg":379.4,"peak_dps":55.23}',1767650634.0,1767737034.0);
INSERT INTO "outbox" VALUES(1767650634001,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m3","event_type":"partner_movement","time":"2026-01-05T23:03:49.970+01:00","night":"2026-01-05-nap","seq":3,"onset_s":13.97,"duration_s":0.09,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":7.24,"peak_dps":0.11}',1767650634.0,1767737034.0);
INSERT INTO "outbox" VALUES(1767650634002,'kick_moved_partner','{"schema":1,"id":"2026-01-05-nap-2-k1317","event_type":"kick_moved_partner","time":"2026-01-05T23:03:49.170+01:00","night":"2026-01-05-nap","onset_s":13.17,"partner_onset_s":13.97,"lag_s":0.8}',1767650634.0,1767737034.0);
INSERT INTO "outbox" VALUES(1767650654000,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m4","event_type":"partner_movement","time":"2026-01-05T23:04:10.440+01:00","night":"2026-01-05-nap","seq":4,"onset_s":34.44,"duration_s":1.57,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":6.05,"peak_dps":1.02}',1767650654.0,1767737054.0);
INSERT INTO "outbox" VALUES(1767650660000,'limb_movement','{"schema":1,"id":"2026-01-05-nap-2-m5","event_type":"limb_movement","time":"2026-01-05T23:04:14.120+01:00","night":"2026-01-05-nap","seq":5,"onset_s":38.12,"duration_s":4.56,"kind":"leg","side":"left","owner":"patient","p_patient":1.0,"peak_mg":454.8,"peak_dps":112.08}',1767650660.0,1767737060.0);
INSERT INTO "outbox" VALUES(1767650660001,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m6","event_type":"partner_movement","time":"2026-01-05T23:04:14.900+01:00","night":"2026-01-05-nap","seq":6,"onset_s":38.9,"duration_s":0.1,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":8.94,"peak_dps":0.13}',1767650660.0,1767737060.0);
INSERT INTO "outbox" VALUES(1767650660002,'kick_moved_partner','{"schema":1,"id":"2026-01-05-nap-2-k3812","event_type":"kick_moved_partner","time":"2026-01-05T23:04:14.120+01:00","night":"2026-01-05-nap","onset_s":38.12,"partner_onset_s":38.9,"lag_s":0.78}',1767650660.0,1767737060.0);
INSERT INTO "outbox" VALUES(1767650688000,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m7","event_type":"partner_movement","time":"2026-01-05T23:04:39.440+01:00","night":"2026-01-05-nap","seq":7,"onset_s":63.44,"duration_s":5.89,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":95.3,"peak_dps":6.75}',1767650688.0,1767737088.0);
INSERT INTO "outbox" VALUES(1767650692000,'limb_movement','{"schema":1,"id":"2026-01-05-nap-2-m8","event_type":"limb_movement","time":"2026-01-05T23:04:47.150+01:00","night":"2026-01-05-nap","seq":8,"onset_s":71.15,"duration_s":3.08,"kind":"leg","side":"left","owner":"patient","p_patient":1.0,"peak_mg":1190.7,"peak_dps":161.08}',1767650692.0,1767737092.0);
INSERT INTO "outbox" VALUES(1767650692001,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m9","event_type":"partner_movement","time":"2026-01-05T23:04:47.900+01:00","night":"2026-01-05-nap","seq":9,"onset_s":71.9,"duration_s":1.86,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":69.09,"peak_dps":3.43}',1767650692.0,1767737092.0);
INSERT INTO "outbox" VALUES(1767650692002,'kick_moved_partner','{"schema":1,"id":"2026-01-05-nap-2-k7115","event_type":"kick_moved_partner","time":"2026-01-05T23:04:47.150+01:00","night":"2026-01-05-nap","onset_s":71.15,"partner_onset_s":71.9,"lag_s":0.75}',1767650692.0,1767737092.0);
INSERT INTO "outbox" VALUES(1767650712000,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m10","event_type":"partner_movement","time":"2026-01-05T23:04:50.740+01:00","night":"2026-01-05-nap","seq":10,"onset_s":74.74,"duration_s":0.18,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":14.35,"peak_dps":0.12}',1767650712.0,1767737112.0);
INSERT INTO "outbox" VALUES(1767650712001,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m12","event_type":"partner_movement","time":"2026-01-05T23:05:03.460+01:00","night":"2026-01-05-nap","seq":12,"onset_s":87.46,"duration_s":0.35,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":19.65,"peak_dps":0.13}',1767650712.0,1767737112.0);
INSERT INTO "outbox" VALUES(1767650736000,'partner_movement','{"schema":1,"id":"2026-01-05-nap-2-m13","event_type":"partner_movement","time":"2026-01-05T23:05:32.540+01:00","night":"2026-01-05-nap","seq":13,"onset_s":116.54,"duration_s":1.01,"kind":"bed","side":null,"owner":"partner","p_patient":0.05,"peak_mg":5.19,"peak_dps":0.56}',1767650736.0,1767737136.0);
CREATE TABLE settings (                          -- changed on the page, layered over config.toml
    key         TEXT PRIMARY KEY,                -- "night.auto_end", or private: "web.password_hash"
    value       TEXT NOT NULL,                   -- JSON
    updated_utc REAL NOT NULL
) WITHOUT ROWID;
INSERT INTO "settings" VALUES('night.auto_end','false',1767650000.0);
CREATE TABLE sit_answers (
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    minute      INTEGER NOT NULL,               -- of the question: 0, 10, ... 60
    discomfort  INTEGER NOT NULL,               -- 0 to 10
    tick        INTEGER NOT NULL,               -- when it was answered
    source      TEXT NOT NULL,                  -- page, mqtt, ...
    replaced    INTEGER,                        -- the answer that this one took the place of
    PRIMARY KEY (night_id, minute)
) WITHOUT ROWID;
INSERT INTO "sit_answers" VALUES(1,10,3,60000,'page',NULL);
CREATE TABLE sit_aways (                        -- when the legs did not lie outstretched
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    start_tick  INTEGER NOT NULL,
    end_tick    INTEGER NOT NULL,
    reason      TEXT NOT NULL,                  -- posture, standing
    PRIMARY KEY (night_id, start_tick)
) WITHOUT ROWID;
INSERT INTO "sit_aways" VALUES(1,100,200,'posture');
CREATE TABLE sits (
    night_id      INTEGER PRIMARY KEY REFERENCES nights(id) ON DELETE CASCADE,
    planned_ticks INTEGER NOT NULL,
    upright       TEXT                          -- JSON {"left": [x, y, z], "right": ...}: gravity at
                                                -- the ankles with the feet on the floor, or NULL
);
INSERT INTO "sits" VALUES(1,360000,NULL);
CREATE TABLE snapshots (                         -- the detector's state, one row a night, replaced
    night_id    INTEGER PRIMARY KEY REFERENCES nights(id) ON DELETE CASCADE,
    tick        INTEGER NOT NULL,                -- samples before this tick are in the state
    version     TEXT NOT NULL,
    state       BLOB NOT NULL
);
INSERT INTO "snapshots" VALUES(2,13000,'2',X'789C2B2E492C49050006840222');
CREATE TABLE status (                            -- one row: what the recorder last said of itself
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    body        TEXT NOT NULL,                   -- JSON, see appliance/store/status.py
    updated_utc REAL NOT NULL
);
INSERT INTO "status" VALUES(1,'{"phase":"recording","night":"2026-01-05-nap","in_bed":true,"series_active":false,"kicks_tonight":3,"kicks_last_hour":3,"sensors":{"left":"ok","right":"ok","strip":"ok"},"newest_tick":13000,"raw":"on","message":null,"kind":"nap","sit":null}',1767650746.0);
CREATE INDEX faults_open ON faults (cleared, id);
CREATE INDEX marks_night ON marks (night_id, tick);
CREATE INDEX anchors_night ON anchors (night_id, tick);
CREATE TRIGGER night_deleted AFTER DELETE ON nights BEGIN
    DELETE FROM movements WHERE id BETWEEN old.id << 24 AND (old.id << 24) + 16777215;
    DELETE FROM epochs WHERE id BETWEEN old.id << 24 AND (old.id << 24) + 16777215;
END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('commands',6);
INSERT INTO "sqlite_sequence" VALUES('nights',2);
COMMIT;
