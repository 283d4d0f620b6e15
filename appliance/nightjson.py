"""Movements and a night's score as the JSON of `plms score --json` (schema plms.night/1)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detect.movement import TICKS_PER_S, Evidence, Movement, Part
from detect.scorejson import score_to_json
from detect.sit import SitScore
from detect.sitjson import sit_to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.score import Flags, NightScore

SCHEMA = "plms.night/1"


def seconds(ticks: int) -> float:
    """Return ticks as seconds."""
    return ticks / TICKS_PER_S


def _ticks(value_s: float) -> int:
    return round(value_s * TICKS_PER_S)


def movement_to_json(movement: Movement, flags: Flags) -> dict[str, Any]:
    """Return one entry of `movements`.

    Parameters
    ----------
    movement : Movement
        As detected.
    flags : Flags
        What the rules made of it.
    """
    return {
        "onset_s": movement.onset_s,
        "duration_s": movement.duration_s,
        "kind": movement.kind,
        "side": movement.side,
        "owner": movement.owner,
        "p_patient": movement.p_patient,
        "peak_mg": movement.peak_mg,
        "peak_dps": movement.peak_dps,
        "parts": [
            [part.side, seconds(part.onset_tick), seconds(part.end_tick - part.onset_tick)]
            for part in movement.parts
        ],
        "clm": flags.clm,
        "plm": flags.plm,
        "series": flags.series,
        "evidence": asdict(movement.evidence),
    }


def movement_from_json(entry: dict[str, Any]) -> Movement:
    """Return the movement of an entry written by `movement_to_json`."""
    onset_tick = _ticks(entry["onset_s"])
    parts = [(side, _ticks(onset), _ticks(length)) for side, onset, length in entry["parts"]]
    return Movement(
        onset_tick=onset_tick,
        end_tick=onset_tick + _ticks(entry["duration_s"]),
        kind=entry["kind"],
        side=entry["side"],
        owner=entry["owner"],
        p_patient=entry["p_patient"],
        peak_mg=entry["peak_mg"],
        peak_dps=entry["peak_dps"],
        parts=tuple(Part(side, onset, onset + length) for side, onset, length in parts),
        evidence=Evidence(**entry["evidence"]),
    )


def night_to_json(
    source: str, start: str | None, movements: Sequence[Movement], score: NightScore | SitScore
) -> dict[str, Any]:
    """Return the whole object of one night, or of one evening test.

    Parameters
    ----------
    source : str
        File or night it comes from.
    start : str or None
        Local time of the first sample, ISO 8601.
    movements : sequence of Movement
        In the order of the score's flags.
    score : NightScore or SitScore
        Of these movements.
    """
    return {
        "schema": SCHEMA,
        **({"kind": "sit"} if isinstance(score, SitScore) else {}),
        "source": source,
        "start": start,
        "duration_s": score.duration_s,
        "usable_s": score.usable_s,
        "movements": [
            movement_to_json(movement, flags)
            for movement, flags in zip(movements, score.flags, strict=True)
        ],
        "indices": sit_to_json(score) if isinstance(score, SitScore) else score_to_json(score),
    }
