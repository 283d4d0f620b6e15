"""JSON schemas of what the API takes and gives."""

from __future__ import annotations

from typing import Any

import msgspec

from appliance.config import Config
from appliance.web.api.access import NewShare
from appliance.web.api.live import Wish
from appliance.web.api.nights import Correction, Lights
from appliance.web.api.settings import BrokerPassword
from appliance.web.views.diary import Evening, Morning
from appliance.web.views.settings import OFFERED, fields_of

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
INTEGER: Schema = {"type": "integer"}
STRING: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}


def maybe(schema: Schema) -> Schema:
    """Allow null: not known, not measured."""
    return {**schema, "type": [schema["type"], "null"]}


def record(**properties: Schema) -> Schema:
    """Describe an object whose members are all there."""
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def array(items: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": items}


def enum(*values: str) -> Schema:
    """Describe one of some words."""
    return {"type": "string", "enum": list(values)}


NIGHT: Schema = record(
    name=STRING,
    kind=enum("night", "nap", "sit", "calibration"),
    state=enum("recording", "paused", "closed"),
    start=maybe(STRING),
    start_utc=maybe(NUMBER),
    time_zone=STRING,
    duration_s=NUMBER,
    end_reason=maybe(STRING),
    lights_off_s=maybe(NUMBER),
    lights_on_s=maybe(NUMBER),
    private=BOOLEAN,
    simulated=BOOLEAN,
    detector=STRING,
    software=STRING,
    raw_signals=BOOLEAN,
    usable_s={"type": "object", "additionalProperties": NUMBER},
    gaps=array(record(device=enum("left", "right", "strip"), start_s=NUMBER, end_s=NUMBER)),
    indices={"type": "object"},
)
SUMMARY: Schema = record(
    name=STRING,
    kind=STRING,
    plmi_tib=maybe(NUMBER),
    low=maybe(NUMBER),
    high=maybe(NUMBER),
    plm=INTEGER,
    kicks=INTEGER,
    unsure=INTEGER,
    series=INTEGER,
    counted_s=NUMBER,
    in_bed_s=NUMBER,
    ankles=INTEGER,
    periodicity=maybe(NUMBER),
    rhythm_s=maybe(NUMBER),
    partner_moved=maybe(INTEGER),
    partner_after_kick=maybe(INTEGER),
    estimated_sleep_s=maybe(NUMBER),
    eligible=BOOLEAN,
)
SIT: Schema = record(
    name=STRING,
    start_utc=maybe(NUMBER),
    began=STRING,
    began_h=maybe(NUMBER),
    counted_s=NUMBER,
    duration_s=NUMBER,
    partial=BOOLEAN,
    one_leg=BOOLEAN,
    posture_watched=BOOLEAN,
    movements=INTEGER,
    movements_per_counted_hour=maybe(NUMBER),
    low=maybe(NUMBER),
    high=maybe(NUMBER),
    leg_movements=INTEGER,
    periodic_share=maybe(NUMBER),
    interval_median_s=maybe(NUMBER),
    discomfort_mean=maybe(NUMBER),
    discomfort_min=maybe(INTEGER),
    discomfort_max=maybe(INTEGER),
    answered=INTEGER,
    simulated=BOOLEAN,
)
MOVEMENT: Schema = record(
    seq=INTEGER,
    time=maybe(STRING),
    onset_s=NUMBER,
    duration_s=NUMBER,
    kind=enum("leg", "jerk", "body", "bed", "walk"),
    side=maybe(STRING),
    owner=enum("patient", "partner", "both", "unsure"),
    p_patient=maybe(NUMBER),
    peak_mg=maybe(NUMBER),
    peak_dps=maybe(NUMBER),
    parts={"type": "array"},
    clm=BOOLEAN,
    plm=BOOLEAN,
    series=maybe(INTEGER),
    evidence={"type": "object"},
    note=maybe(STRING),
    correction=maybe(STRING),
    words=STRING,
)
COMMAND: Schema = record(
    id=INTEGER,
    verb=STRING,
    args={"type": "object"},
    source=STRING,
    created_utc=NUMBER,
    done_utc=maybe(NUMBER),
    ok=maybe(BOOLEAN),
    result=maybe(STRING),
)
STATUS: Schema = record(
    version=STRING,
    alive=BOOLEAN,
    status={"type": ["object", "null"]},
    mqtt=record(state=STRING, text=STRING, code=STRING, broker=STRING, since_utc=NUMBER),
)
SIGNAL: Schema = record(
    first_s=NUMBER,
    rate_hz=NUMBER,
    channels=array(record(label=STRING, unit=STRING, samples=array(maybe(NUMBER)))),
)
GROUP: Schema = record(
    title=STRING,
    nights=INTEGER,
    left_out=INTEGER,
    median=maybe(NUMBER),
    low=maybe(NUMBER),
    high=maybe(NUMBER),
    words=STRING,
)
COMPARISON: Schema = record(
    first=GROUP, second=GROUP, change={"type": ["object", "null"]}, verdict=STRING
)
SESSION: Schema = record(
    id=INTEGER,
    kind=enum("browser", "program"),
    role=enum("owner", "partner"),
    label=STRING,
    created_utc=NUMBER,
    used_utc=NUMBER,
    rotated_utc=NUMBER,
    expires_utc=maybe(NUMBER),
)
ERROR: Schema = record(error=STRING)

BODIES = (Correction, Lights, Wish, Evening, Morning, BrokerPassword, NewShare)


def body_schemas() -> dict[str, Schema]:
    """Return the schemas of all bodies by their names, from the very types that check them."""
    _, components = msgspec.json.schema_components(
        BODIES, ref_template="#/components/schemas/{name}"
    )
    return components


def settings_schema() -> Schema:
    """Describe a change of settings: each key as the configuration's own types allow it."""
    config = Config()
    kinds = {section: type(getattr(config, section)) for section in OFFERED}
    _, described = msgspec.json.schema_components(kinds.values())
    properties: dict[str, Schema] = {}
    for section, kind in kinds.items():
        allowed = described[kind.__name__]["properties"]
        for field in fields_of(section, config):
            schema = allowed[field.key.removeprefix(f"{section}.")]
            told = {key: value for key, value in schema.items() if key != "default"}
            properties[field.key] = told | {"description": field.label}
    return {"type": "object", "properties": properties, "additionalProperties": False}
