-- The evening test (kind sit): what is stored of it beside the night's row, and the answers.
-- The guided sitting that teaches the device a bed was of that kind too; it has one of its own now.

CREATE TABLE sits (
    night_id      INTEGER PRIMARY KEY REFERENCES nights(id) ON DELETE CASCADE,
    planned_ticks INTEGER NOT NULL,
    upright       TEXT                          -- JSON {"left": [x, y, z], "right": ...}: gravity at
                                                -- the ankles with the feet on the floor, or NULL
);

CREATE TABLE sit_answers (
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    minute      INTEGER NOT NULL,               -- of the question: 0, 10, ... 60
    discomfort  INTEGER NOT NULL,               -- 0 to 10
    tick        INTEGER NOT NULL,               -- when it was answered
    source      TEXT NOT NULL,                  -- page, mqtt, ...
    replaced    INTEGER,                        -- the answer that this one took the place of
    PRIMARY KEY (night_id, minute)
) WITHOUT ROWID;

CREATE TABLE sit_aways (                        -- when the legs did not lie outstretched
    night_id    INTEGER NOT NULL REFERENCES nights(id) ON DELETE CASCADE,
    start_tick  INTEGER NOT NULL,
    end_tick    INTEGER NOT NULL,
    reason      TEXT NOT NULL,                  -- posture, standing
    PRIMARY KEY (night_id, start_tick)
) WITHOUT ROWID;

UPDATE nights SET kind = 'calibration' WHERE kind = 'sit' AND id IN
    (SELECT night_id FROM marks WHERE kind = 'mark' AND text LIKE 'calibrate %');
