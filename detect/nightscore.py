"""What a night's score holds. Plain records; None means not measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detect.couple import Couple
    from detect.staged import States
    from detect.variants import Variant


@dataclass(frozen=True, slots=True)
class Flags:
    """What became of one of the night's movements, in the order of `NightInput.movements`.

    Where several entries are one leg movement, the first carries the flags.
    """

    counted: bool
    """Is it one of the leg movements in counted time, whatever its length."""
    clm: bool
    plm: bool
    series: int | None


@dataclass(frozen=True, slots=True)
class SeriesScore:
    """One series, for pages and events."""

    number: int
    first_onset_s: float
    last_onset_s: float
    movements: int
    ended: str


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour since lights off (or since the start); the last may be shorter."""

    hour: int
    """1 for the first."""
    plm: int
    counted_s: float
    plm_per_hour: float | None


@dataclass(frozen=True, slots=True)
class SideScore:
    """Periodic movements by leg."""

    left: int
    right: int
    bilateral: int
    alternating: int
    """On the other leg than the one before in the same series."""
    pairs: int
    """Successive one-legged pairs, among which `alternating` were counted."""


@dataclass(frozen=True, slots=True)
class NightScore:
    """Every number of one night. None: not measured. Durations in seconds, indices per hour."""

    rules: str
    rules_version: int
    scoring_version: str
    duration_s: float
    usable_s: dict[str, float]
    """Per device, of the whole recording."""
    in_bed_s: float
    """Lights off to lights on, before exclusions."""
    counted_s: float
    """The denominator of `plmi_tib`: in bed, with every fitted ankle usable."""
    excluded_s: dict[str, float]
    """before_lights_off, after_lights_on, out_of_bed, sensor_unusable."""
    in_bed_unknown_s: float
    fitted: tuple[str, ...]
    """Ankles that count: usable at least half of the time in bed."""
    plmi_tib: float | None
    """Sure movements, and unsure ones that are rather the patient's."""
    plmi_tib_low: float | None
    plmi_tib_high: float | None
    plmi_tib_sure: float | None
    """Sure movements only."""
    plmi_tib_possible: float | None
    """Sure and unsure movements."""
    estimated_sleep_s: float | None
    plmi_est_sleep: float | None
    plm: int
    plm_sure: int
    plm_possible: int
    plm_est_sleep: int | None
    clm: int
    clm_per_hour_tib: float | None
    leg_movements: int
    not_clm: int
    unsure: int
    """Leg movements of unsure owner within the counted time."""
    isolated: int
    short_interval: int
    series: tuple[SeriesScore, ...]
    periodicity_index_intervals: float | None
    periodicity_index_movements: float | None
    imi_log_mean: float | None
    """Mean of ln(IMI in s), intervals within the series' limits."""
    imi_log_sd: float | None
    imi_geometric_mean_s: float | None
    imi_count: int
    clm_duration_mean_s: float | None
    clm_duration_median_s: float | None
    plm_duration_mean_s: float | None
    sides: SideScore
    hours: tuple[Hour, ...]
    variants: tuple[Variant, ...]
    couple: Couple | None
    states: States | None
    """By sleep and wake; None unless stages were given."""
    plm_without_respiratory: int | None
    """None: respiration was not measured."""
    plmi_tib_without_respiratory: float | None
    clm_respiratory: int | None
    plm_arousal: int | None
    """None: arousals were not measured."""
    flags: tuple[Flags, ...]

    @property
    def one_leg(self) -> bool:
        """Does the index rest on a single ankle."""
        return len(self.fitted) == 1
