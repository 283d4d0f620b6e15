"""The doctor's page: the table a sleep clinic expects, night by night and together."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from appliance.nightdata import night_score
from appliance.store import diary
from appliance.store.nights import Night, list_nights
from appliance.web.language import say
from appliance.web.views.sitsums import sit_summaries
from appliance.web.words.times import WallClock, evening_of
from detect.nights import MIN_NIGHTS, as_told, exclusion_reason

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from datetime import date

    from appliance.web.views.sitsums import SitSummary
    from detect.nightscore import NightScore

CHOICES = (7, 14, 21)
DEFAULT = 14
MOST_SITS = 8
"""The page is one sheet of paper."""


@dataclass(frozen=True, slots=True)
class NightRow:
    """One night on the page."""

    name: str
    time: str
    cells: tuple[str, ...]
    excluded: str | None


@dataclass(frozen=True, slots=True)
class DoctorView:
    """The whole page."""

    first: date | None
    last: date | None
    used: int
    rows: tuple[NightRow, ...]
    clinic: tuple[tuple[str, str, str, str], ...]
    """Measure, median, lowest, highest."""
    one_leg: int
    simulated: bool
    sit_notes: tuple[str, ...]
    """What the diary says of the evenings of the tests that makes the published line useless."""
    sits: tuple[tuple[str, ...], ...]
    """Evening tests: date and time, counted min, per hour, leg movements, share, interval,
    discomfort."""


def view_of(db: sqlite3.Connection, keep: sqlite3.Connection, count: int) -> DoctorView:
    """Work out the page of the newest `count` nights."""
    nights = [n for n in list_nights(db) if n.state == "closed" and n.kind == "night"][:count]
    nights.reverse()
    scored = [(night, night_score(db, night)) for night in nights]
    used = [score for _, score in scored if exclusion_reason(score) is None]
    tests = sit_summaries(db, keep)[-MOST_SITS:]
    days = [day for night in nights if (day := evening_of(night.name)) is not None]
    return DoctorView(
        min(days, default=None),
        max(days, default=None),
        len(used),
        tuple(_row(db, night, score) for night, score in scored),
        tuple(_clinic_rows(used)),
        sum(len(score.fitted) == 1 for score in used),
        any(night.simulated for night in nights) or any(test.simulated for test in tests),
        _sit_notes(db, tests),
        tuple(_sit_row(test) for test in tests),
    )


def _sit_notes(db: sqlite3.Connection, tests: Sequence[SitSummary]) -> tuple[str, ...]:
    evenings = [diary.get(db, test.name[:10])["evening"] for test in tests]
    said = []
    if any(evening.get("pregnancy_week") is not None for evening in evenings):
        said.append(say("Pregnancy is noted in the diary of these evenings."))
    if any(evening.get("child_age") is not None for evening in evenings):
        said.append(say("The diary notes that the patient is a child."))
    return tuple(said)


def _sit_row(test: SitSummary) -> tuple[str, ...]:
    index = _number(test.movements_per_counted_hour, 0)
    low, high = _number(test.low, 0), _number(test.high, 0)
    mean, most = _number(test.discomfort_mean), test.discomfort_max
    return (
        f"{test.name[:10]} {test.began}{' †' if test.partial else ''}",
        f"{test.counted_s / 60:.0f}",
        index if low == high else f"{index} ({low}–{high})",
        f"{test.movements}/{test.leg_movements}",
        _number(test.interval_median_s, 0),
        "–" if most is None else f"{mean} ({most})",
    )


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _row(db: sqlite3.Connection, night: Night, score: NightScore) -> NightRow:
    clock, told = WallClock.of(db, night), as_told(score)
    index = _number(told.plmi_tib)
    low, high = _number(told.plmi_tib_low), _number(told.plmi_tib_high)
    cells = (
        f"{score.counted_s / 3600:.1f}",
        index if low == high else f"{index} ({low}–{high})",
        str(score.plm),
        _number(told.clm_per_hour_tib),
        _number(told.periodicity_index_movements, 2),
        _number(score.imi_geometric_mean_s, 0),
        f"{score.sides.left}/{score.sides.right}/{score.sides.bilateral}",
    )
    times = f"{clock.hour(0)}–{clock.hour(night.end_tick or 0)}"
    return NightRow(night.name, times, cells, exclusion_reason(score))


def measures() -> list[tuple[str, Callable[[NightScore], float | None], int]]:
    """Return (name, how to read it, digits) of each line of the clinic's table."""
    return [
        (say("Time in bed (TIB), h"), lambda s: s.in_bed_s / 3600, 1),
        (say("… of it analysed, h"), lambda s: s.counted_s / 3600, 1),
        (say("PLM index, per hour of TIB"), lambda s: s.plmi_tib, 1),
        (say("… lower bound (owner certain)"), lambda s: s.plmi_tib_low, 1),
        (say("… upper bound (owner unsure included)"), lambda s: s.plmi_tib_high, 1),
        (say("PLM, number"), lambda s: float(s.plm), 0),
        (say("PLM series, number"), lambda s: float(len(s.series)), 0),
        (say("CLM, per hour of TIB"), lambda s: s.clm_per_hour_tib, 1),
        (say("CLM, number"), lambda s: float(s.clm), 0),
        (say("Isolated CLM, number"), lambda s: float(s.isolated), 0),
        (say("Short-interval CLM, number"), lambda s: float(s.short_interval), 0),
        (say("Periodicity index (PLM/CLM)"), lambda s: s.periodicity_index_movements, 2),
        (say("Periodicity index (intervals)"), lambda s: s.periodicity_index_intervals, 2),
        (say("IMI 10–90 s, mean of ln(s)"), lambda s: s.imi_log_mean, 2),
        (say("IMI 10–90 s, SD of ln(s)"), lambda s: s.imi_log_sd, 2),
        (say("CLM duration, mean, s"), lambda s: s.clm_duration_mean_s, 1),
        (say("PLM duration, mean, s"), lambda s: s.plm_duration_mean_s, 1),
        (say("Estimated sleep, h (actigraphy)"), lambda s: _hours(s.estimated_sleep_s), 1),
        (say("PLM per hour of estimated sleep"), lambda s: s.plmi_est_sleep, 1),
    ]


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


def _clinic_rows(used: Sequence[NightScore]) -> list[tuple[str, str, str, str]]:
    rows: list[tuple[str, str, str, str]] = []
    for name, read, digits in measures():
        values = [value for score in used if (value := read(score)) is not None]
        if len(values) < MIN_NIGHTS:
            rows.append((name, "–", "–", "–"))
        else:
            middle = _number(median(values), digits)
            rows.append((name, middle, _number(min(values), digits), _number(max(values), digits)))
    unmeasured = (
        say("PLM during sleep / wake (PLMS, PLMW)"),
        say("PLM without respiratory events (PLMnr)"),
        say("PLM with arousal (PLMa)"),
    )
    return [*rows, *((name, say("not measured"), "", "") for name in unmeasured)]
