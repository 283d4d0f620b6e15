"""Nights, movements, signals."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec
from flask import Blueprint, abort, jsonify, request

from appliance.export import ExportError
from appliance.nightdata import night_score
from appliance.nightjson import movement_to_json
from appliance.sitdata import sit_score
from appliance.store.movements import CorrectedOwner, set_correction
from appliance.store.nights import set_lights
from appliance.store.raw import has_raw
from appliance.web.access import needs
from appliance.web.api.reading import body_as, day_argument, number_argument
from appliance.web.deletion import delete_for_good
from appliance.web.pages.movement import entry_named
from appliance.web.render import local_now
from appliance.web.services import database, keep, services, writable
from appliance.web.views.downloads import FORMATS, backup_file, night_file
from appliance.web.views.facts import Entry, Facts, night_named, read_facts
from appliance.web.views.moment import raw_columns
from appliance.web.views.sitsums import sit_summaries
from appliance.web.views.summaries import summaries
from appliance.web.words import evidence
from detect.movement import TICKS_PER_S
from detect.rules import RULE_SETS, WASM2016
from detect.score import Flags
from detect.scorejson import score_to_json
from detect.sitjson import sit_to_json
from drivers.channels import CHANNELS, MISSING, UNITS

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from appliance.store.nights import Night

api = Blueprint("api_nights", __name__)

LONGEST_SIGNAL_S = 120.0
LONGEST_NIGHT_S = 86400.0 * 2
NO_FLAGS = Flags(counted=False, clm=False, plm=False, series=None)


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose movement it was in truth."""

    owner: CorrectedOwner


class Lights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Lights off and on, in seconds since the night began; null: not marked."""

    off_s: float | None
    on_s: float | None


def night_json(night: Night) -> dict[str, Any]:
    """Return what is stored of a night itself."""
    return {
        "name": night.name,
        "kind": night.kind,
        "state": night.state,
        "start_utc": night.start_utc,
        "time_zone": night.time_zone,
        "duration_s": (night.end_tick or 0) / TICKS_PER_S,
        "end_reason": night.end_reason,
        "lights_off_s": _seconds(night.lights_off_tick),
        "lights_on_s": _seconds(night.lights_on_tick),
        "private": night.private,
        "simulated": night.simulated,
        "detector": night.detector,
        "software": night.software,
        "raw_signals": has_raw(services().state_dir, night.recording),
    }


def _seconds(tick: int | None) -> float | None:
    return None if tick is None else tick / TICKS_PER_S


def entry_json(facts: Facts, entry: Entry) -> dict[str, Any]:
    """Return one movement with all that is said of it."""
    return {
        "seq": entry.seq,
        "time": facts.clock.iso(entry.movement.onset_tick),
        **movement_to_json(entry.movement, entry.flags or NO_FLAGS),
        "note": entry.movement.note,
        "correction": entry.correction,
        "words": evidence.in_words(entry.movement),
    }


@api.get("/nights")
@needs("partner")
def every() -> ResponseReturnValue:
    """Return the closed nights between two evenings in a few numbers each."""
    held = summaries(database(), keep(), day_argument("from"), day_argument("to"))
    return jsonify(nights=[{**asdict(night), "eligible": night.eligible} for night in held])


@api.get("/sits")
@needs("partner")
def sits() -> ResponseReturnValue:
    """Return the closed evening tests between two evenings in a few numbers each."""
    held = sit_summaries(database(), keep(), day_argument("from"), day_argument("to"))
    return jsonify(sits=[asdict(test) for test in held])


@api.get("/nights/<name>")
@needs("partner")
def one(name: str) -> ResponseReturnValue:
    """Return a night with its score."""
    night = night_named(database(), name)
    rules = RULE_SETS.get(request.args.get("rules", WASM2016.name))
    if rules is None:
        abort(400, description=f"rules: one of {', '.join(RULE_SETS)}")
    facts = read_facts(database(), night)
    if night.kind == "sit":
        indices = sit_to_json(sit_score(database(), night))
    else:
        indices = score_to_json(night_score(database(), night, rules))
    return jsonify(
        **night_json(night),
        start=facts.clock.iso(0),
        usable_s=facts.score.usable_s,
        gaps=[
            {
                "device": gap.device,
                "start_s": gap.start_tick / TICKS_PER_S,
                "end_s": gap.end_tick / TICKS_PER_S,
            }
            for gap in facts.gaps
        ],
        indices=indices,
    )


@api.get("/nights/<name>/movements")
@needs("partner")
def movements(name: str) -> ResponseReturnValue:
    """Return a night's movements."""
    facts = read_facts(database(), night_named(database(), name))
    return jsonify(movements=[entry_json(facts, entry) for entry in facts.entries])


@api.get("/nights/<name>/movements/<int:seq>")
@needs("partner")
def movement(name: str, seq: int) -> ResponseReturnValue:
    """Return one movement."""
    facts = read_facts(database(), night_named(database(), name))
    return jsonify(entry_json(facts, entry_named(facts, seq)))


@api.put("/nights/<name>/movements/<int:seq>/correction")
def correct(name: str, seq: int) -> ResponseReturnValue:
    """Keep the person's word."""
    night = night_named(database(), name)
    return _correct(night, seq, body_as(Correction).owner)


@api.delete("/nights/<name>/movements/<int:seq>/correction")
def take_back(name: str, seq: int) -> ResponseReturnValue:
    """Take the person's word back."""
    return _correct(night_named(database(), name), seq, None)


def _correct(night: Night, seq: int, owner: CorrectedOwner | None) -> ResponseReturnValue:
    try:
        set_correction(writable(), night.id, seq, owner, services().now())
    except (ValueError, OverflowError):
        abort(404, description="There is no such movement in this night.")
    return "", 204


@api.get("/nights/<name>/epochs")
@needs("partner")
def epochs(name: str) -> ResponseReturnValue:
    """Return a night's epochs of 30 s."""
    facts = read_facts(database(), night_named(database(), name))
    return jsonify(epochs=[epoch._asdict() for epoch in facts.epochs])


@api.get("/nights/<name>/signal")
def signal(name: str) -> ResponseReturnValue:
    """Return raw signals in physical units; null where there is no sample."""
    night = night_named(database(), name)
    start_s = number_argument("from_s", 0.0, LONGEST_NIGHT_S)
    length_s = number_argument("length_s", 0.01, LONGEST_SIGNAL_S)
    first = round(start_s * TICKS_PER_S)
    last = first + max(1, round(length_s * TICKS_PER_S))
    columns = raw_columns(services().state_dir, night, first, last)
    scale = list(zip(night.scale.gains(), night.scale.offsets(), strict=True))
    return jsonify(
        first_s=first / TICKS_PER_S,
        rate_hz=TICKS_PER_S,
        channels=[
            {
                "label": label,
                "unit": unit,
                "samples": [
                    None if count == MISSING else round(count * gain + offset, 5)
                    for count in column
                ],
            }
            for label, unit, (gain, offset), column in zip(
                CHANNELS, UNITS, scale, columns, strict=True
            )
        ],
    )


@api.put("/nights/<name>/lights")
def lights(name: str) -> ResponseReturnValue:
    """Set lights off and on."""
    night = night_named(database(), name)
    given = body_as(Lights)
    set_lights(writable(), night.id, _tick(night, given.off_s), _tick(night, given.on_s))
    return "", 204


def _tick(night: Night, seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if not 0 <= seconds <= (night.end_tick or 0) / TICKS_PER_S:
        abort(400, description="off_s and on_s lie within the night.")
    return round(seconds * TICKS_PER_S)


@api.get("/nights/<name>/export/<kind>")
def export(name: str, kind: str) -> ResponseReturnValue:
    """Return a night as a file."""
    if kind not in FORMATS:
        abort(404, description=f"There is no such file; there are {', '.join(FORMATS)}.")
    try:
        return night_file(night_named(database(), name), kind)
    except ExportError as error:
        abort(404, description=str(error))


@api.post("/backup")
def backup() -> ResponseReturnValue:
    """Return a copy of the database."""
    return backup_file(local_now().date().isoformat())


@api.delete("/nights/<name>")
def delete(name: str) -> ResponseReturnValue:
    """Delete a closed night for good."""
    night = night_named(database(), name)
    if not delete_for_good(night.name):
        abort(409, description="The night is still running.")
    return "", 204
