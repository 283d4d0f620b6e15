"""From the database to an evening test's score. Standard library and `detect`'s scoring only."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.nightdata import load_scored_movements
from appliance.scored import Request, movements_key
from appliance.store.epochs import load_epochs
from appliance.store.gaps import load_gaps
from appliance.store.sits import find_sit, load_answers, load_aways
from detect.rules import SIT, RuleSet
from detect.sit import SitAnswer, SitInput
from detect.sitscore import score_sit

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.nights import Night
    from detect.sit import SitScore

REMEMBERED_SCORES = 32


def load_sit_input(db: sqlite3.Connection, night: Night) -> SitInput:
    """Return what a test's score is made of."""
    watched = find_sit(db, night.id) is not None
    return SitInput(
        duration_ticks=night.end_tick or 0,
        movements=tuple(m for _, m in load_scored_movements(db, night, evidence=False)),
        epochs=tuple(load_epochs(db, night.id)),
        gaps=tuple(load_gaps(db, night.id)),
        aways=tuple(load_aways(db, night.id)) if watched else None,
        answers=tuple(SitAnswer(a.minute, a.discomfort) for a in load_answers(db, night.id)),
    )


@lru_cache(maxsize=REMEMBERED_SCORES)
def _score(request: Request[SitInput], rules: RuleSet) -> SitScore:
    return score_sit(request.load(), rules)


def sit_score(db: sqlite3.Connection, night: Night, rules: RuleSet = SIT) -> SitScore:
    """Return the score of an evening test, remembered per process.

    Parameters
    ----------
    db : sqlite3.Connection
        The database.
    night : Night
        A recording of kind `sit`.
    rules : RuleSet
        Times in seconds.
    """
    key = (
        *movements_key(db, night),
        tuple(load_answers(db, night.id)),
        tuple(load_aways(db, night.id)),
    )
    return _score(Request(key, lambda: load_sit_input(db, night)), rules)
