"""From the database to a score: what the detector stored, as the scorer takes it.

Standard library and `detect`'s scoring only; the web process imports it.
"""

from __future__ import annotations

import gc
from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.scored import Request, movements_key
from appliance.store.epochs import load_epochs
from appliance.store.gaps import load_gaps
from appliance.store.movements import load_corrections, load_numbered
from appliance.store.packs import load_pack
from detect.night import NightInput
from detect.rules import WASM2016, RuleSet
from detect.score import NightScore, score_night

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.nights import Night
    from detect.movement import Movement

REMEMBERED_SCORES = 128
COLLECT_AFTER = 10_000
"""A night holds some 5,000 objects while it is scored."""


def collect_seldom() -> None:
    """Have this process look for objects that refer to each other every 10,000 objects, not 700.

    For processes that score many nights: nothing in a night refers in a circle, and the looking
    takes a tenth of the time.
    """
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


def load_scored_movements(
    db: sqlite3.Connection, night: Night, *, evidence: bool = True
) -> list[tuple[int, Movement]]:
    """Return (seq, movement) by onset, with the person's corrections applied.

    A movement corrected to "nobody" is left out; a corrected owner is sure. A score needs no
    evidence, and is quicker without.
    """
    corrections = load_corrections(db, night.id)
    detected = load_numbered(db, night.id, evidence=evidence)
    if not corrections:
        return detected
    corrected = []
    for seq, movement in detected:
        owner = corrections.get(seq)
        if owner is None:
            corrected.append((seq, movement))
        elif owner != "nobody":
            corrected.append((seq, movement._replace(owner=owner)))
    return corrected


def load_night_input(db: sqlite3.Connection, night: Night) -> NightInput:
    """Return what a night's score is made of: from its one piece, or from the rows."""
    piece = None if load_corrections(db, night.id) else load_pack(db, night.id)
    movements, epochs = piece or (
        [m for _, m in load_scored_movements(db, night, evidence=False)],
        load_epochs(db, night.id),
    )
    return NightInput(
        duration_ticks=night.end_tick or 0,
        movements=tuple(movements),
        epochs=tuple(epochs),
        gaps=tuple(load_gaps(db, night.id)),
        lights_off_tick=night.lights_off_tick,
        lights_on_tick=night.lights_on_tick,
    )


@lru_cache(maxsize=REMEMBERED_SCORES)
def _score(request: Request[NightInput], rules: RuleSet) -> NightScore:
    return score_night(request.load(), rules)


def night_score(db: sqlite3.Connection, night: Night, rules: RuleSet = WASM2016) -> NightScore:
    """Return the score of a night: a pure function of what is stored, remembered per process."""
    key = (*movements_key(db, night), night.lights_off_tick, night.lights_on_tick)
    return _score(Request(key, lambda: load_night_input(db, night)), rules)
