"""How well are kicks found and given to the right sleeper? `make accuracy` prints the table.

Seeds up to 99 may be looked at while rules and thresholds are chosen; the table is made on seeds
that played no part (see docs/accuracy.md).
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from detect.detector import Detector
from detect.night import out_of_bed
from drivers.channels import NightScale
from drivers.simulated.bed import SCENARIOS, Scenario, bed_night, coupled
from tests.bench.odd_nights import ODD, odd_night
from tests.bench.second_bed import WORLDS, Dials, Truth, second_night

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from detect.movement import Movement
    from detect.spans import Span

RATE = 100
SLACK_S = 0.3
HELD_OUT = (701, 702, 703)


@dataclass(slots=True)
class Tally:
    """Counts over some nights of one scenario."""

    hours: float = 0.0
    kicks: int = 0
    found: int = 0
    reported: int = 0
    right: int = 0
    sides: int = 0
    partner: int = 0
    partner_named: int = 0
    partner_open: int = 0
    partner_as_kick: int = 0
    invented: int = 0
    own_arms: int = 0
    pushed: int = 0
    pushed_as_kick: int = 0
    unsure: int = 0
    decided: int = 0
    index_error: list[float] = field(default_factory=list)
    onset_ms: list[float] = field(default_factory=list)
    duration_s: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sensitivity(self) -> float:
        return self.found / max(self.kicks, 1)

    @property
    def precision(self) -> float:
        return self.right / max(self.reported, 1)

    @property
    def f1(self) -> float:
        s, p = self.sensitivity, self.precision
        return 2 * s * p / max(s + p, 1e-9)


def bed_truth(scenario: Scenario, seed: int, hours: float) -> tuple[NDArray[np.int16], list[Truth]]:
    """Return a night of the product's own simulator, its truth in plain words."""
    samples, truth = bed_night(scenario, seed, hours)
    out = []
    for m in truth:
        kind = "kick" if m.kind == "kick" else m.kind
        pushed = m.kind == "push"
        seen = [p.side for p in m.parts if p.visible]
        seen_side = None if not seen else "both" if len(seen) == 2 else seen[0]
        out.append(
            Truth(m.onset_s, m.duration_s, m.who, kind, m.side, m.visible, pushed, seen_side)
        )
    return samples, out


def detect(samples: NDArray[np.int16]) -> tuple[list[Movement], list[Span]]:
    """Run a whole night through the detector; return its movements and the ticks out of bed."""
    scale = NightScale()
    detector = Detector(np.array(scale.gains()), np.array(scale.offsets()))
    movements = detector.feed(0, samples) + detector.finish()
    return movements, out_of_bed(detector.take_epochs())


def overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    return min(a1, b1) - max(a0, b0)


def measured(samples: NDArray[np.int16], t: Truth) -> str | None:
    """Return the legs that moved and whose ankles were measured: left, right, both or None.

    With one ankle absent nobody can know that a kick was of both legs: what the ankle that is there
    could show is what is asked for.
    """
    a, b = int(t.onset_s * RATE) - 50, int(t.end_s * RATE) + 50
    rows = samples[max(a, 0) : b]
    left = t.side in ("left", "both", None) and not (rows[:, 0] == -32768).any()
    right = t.side in ("right", "both", None) and not (rows[:, 6] == -32768).any()
    return "both" if left and right else "left" if left else "right" if right else None


def tally(
    samples: NDArray[np.int16],
    truth: list[Truth],
    movements: list[Movement],
    out: list[Span],
    into: Tally,
) -> None:
    """Compare what was found with what happened.

    All movements are compared; the index, as in a score, is of the time in bed alone: as found,
    against the kicks of the truth over the time truly in bed.
    """
    into.hours += len(samples) / RATE / 3600.0
    kicks = [t for t in truth if t.who == "patient" and t.kind == "kick" and t.visible]
    kicks = [t for t in kicks if measured(samples, t) is not None]
    own = [t for t in truth if t.who == "patient"]
    legs = [m for m in movements if m.kind == "leg" and m.owner in ("patient", "both")]
    doubtful = [m for m in movements if m.kind == "leg" and m.owner == "unsure"]
    into.unsure += len(doubtful)
    into.decided += len(legs) + len(doubtful)
    taken: set[int] = set()
    for t in kicks:
        best, best_i = 0.0, -1
        for i, m in enumerate(legs):
            o = overlap(m.onset_s, m.onset_s + m.duration_s, t.onset_s, t.end_s + 0.02)
            if i not in taken and o > best:
                best, best_i = o, i
        into.kicks += 1
        if best_i < 0:
            into.notes.append(f"missed {t}")
            continue
        taken.add(best_i)
        m = legs[best_i]
        into.found += 1
        shown = measured(samples, t)
        right = m.side in ((t.side, t.seen_side or t.side) if shown == t.side else (shown,))
        into.sides += right
        if not right:
            into.notes.append(f"side {t} got {m.side} {m.parts}")
        into.onset_ms.append(1000 * (m.onset_s - t.onset_s))
        into.duration_s.append(m.duration_s - t.duration_s)
    counted = _tally_false(truth, own, legs, taken, into)
    _tally_partner(truth, own, movements, legs, into)
    _tally_made_up(truth, movements, into)
    up_s = sum(t.duration_s for t in own if t.kind == "walk")
    truly = len(kicks) / (len(samples) / RATE - up_s)
    in_bed = [m for m in counted if not any(a <= m.onset_tick < b for a, b in out)]
    found = len(in_bed) / (len(samples) - sum(b - a for a, b in out)) * RATE
    into.index_error.append(3600.0 * (found - truly))


def _tally_false(
    truth: list[Truth], own: list[Truth], legs: list[Movement], taken: set[int], into: Tally
) -> list[Movement]:
    """Count what was reported as a kick, and what of it was none; return the former."""
    counted = []
    for i, m in enumerate(legs):
        end = m.onset_s + m.duration_s
        mates = [t for t in own if overlap(m.onset_s, end, t.onset_s, t.end_s) > -SLACK_S]
        small = [t for t in mates if t.kind == "kick" and not t.visible]
        if i not in taken and small:
            continue  # a true kick below what an ankle is expected to see: neither right nor wrong
        into.reported += 1
        counted.append(m)
        if i in taken:
            into.right += 1
        else:
            near = [t for t in truth if overlap(m.onset_s, end, t.onset_s, t.end_s) > -SLACK_S]
            into.notes.append(
                f"false {m.onset_s:.2f}+{m.duration_s:.2f} {m.side} p={m.p_patient} "
                f"{m.peak_mg} {m.peak_dps} {m.evidence} near {near}"
            )
    return counted


def _tally_partner(
    truth: list[Truth],
    own: list[Truth],
    movements: list[Movement],
    legs: list[Movement],
    into: Tally,
) -> None:
    """Count the partner's movements: named as such, left open, or taken for kicks."""
    for t in truth:
        if t.who != "partner":
            continue
        alone = not any(overlap(t.onset_s, t.end_s, k.onset_s, k.end_s) > -SLACK_S for k in own)
        named = any(
            m.owner in ("partner", "both")
            and overlap(m.onset_s, m.onset_s + m.duration_s, t.onset_s, t.end_s) > 0
            for m in movements
        )
        open_ = any(
            m.owner == "unsure"
            and overlap(m.onset_s, m.onset_s + m.duration_s, t.onset_s, t.end_s) > 0
            for m in movements
        )
        into.partner += 1
        into.partner_named += named
        into.partner_open += open_ and not named
        wrong = alone and any(
            overlap(m.onset_s, m.onset_s + m.duration_s, t.onset_s, t.end_s) > 0 for m in legs
        )
        into.partner_as_kick += wrong and not t.pushed
        into.pushed += t.pushed
        into.pushed_as_kick += wrong and t.pushed


def _tally_made_up(truth: list[Truth], movements: list[Movement], into: Tally) -> None:
    """Count the partner's movements that were reported and that the partner did not make."""
    for m in movements:
        if m.owner in ("partner", "both"):
            end = m.onset_s + m.duration_s
            near = [t for t in truth if overlap(m.onset_s, end, t.onset_s, t.end_s) > -SLACK_S]
            if not any(t.who == "partner" for t in near):
                own_arm = any(t.kind not in ("kick", "jerk") for t in near)
                into.own_arms += own_arm
                into.invented += not own_arm


def dialled(name: str) -> Scenario:
    """Return a scenario with dials turned: `name~return_error=0.3~noise_mg=10`.

    Dials are those of the patient, the mattress, or both ankles' sensors.
    """
    base, *dials = name.split("~")
    scenario = SCENARIOS[base]
    for dial in dials:
        key, value = dial.split("=")
        if hasattr(scenario.patient, key):
            patient = replace(scenario.patient, **{key: float(value)})
            scenario = replace(scenario, patient=patient)
        elif hasattr(scenario.mattress, key):
            mattress = replace(scenario.mattress, **{key: float(value)})
            scenario = replace(scenario, mattress=mattress)
        else:
            left = replace(scenario.left, **{key: float(value)})
            right = replace(scenario.right, **{key: float(value)})
            scenario = replace(scenario, left=left, right=right)
    return replace(scenario, name=name)


def night(name: str, seed: int, hours: float) -> tuple[NDArray[np.int16], list[Truth]]:
    """Return a night by its name.

    A scenario, `scenario@coupling`, `scenario~dial=value`, `2:world` or `3:oddity`.
    """
    if name.startswith("2:"):
        dials: Dials = WORLDS[name[2:]]
        return second_night(dials, seed, hours)
    if name.startswith("3:"):
        return odd_night(ODD[name[2:]], seed, hours)
    if "@" in name:
        base, coupling = name.split("@")
        return bed_truth(coupled(SCENARIOS[base], float(coupling)), seed, hours)
    return bed_truth(dialled(name), seed, hours)


HEAD = (
    "scenario                      kicks  sens  prec    F1  side  prtn named  open made-up arms"
    "  as-kick pushed  unsure  index/h  onset ms  dur s"
)


def row(name: str, t: Tally) -> str:
    def share(a: float, b: float) -> str:
        return f"{a / b:.3f}" if b else "    -"

    def median(v: list[float]) -> float:
        return statistics.median([abs(x) for x in v]) if v else float("nan")

    return (
        f"{name:28s} {t.kicks:6d} {t.sensitivity:.3f} {t.precision:.3f} {t.f1:.3f} "
        f"{share(t.sides, t.found)} {t.partner:5d} {share(t.partner_named, t.partner)} "
        f"{share(t.partner_open, t.partner)} "
        f"{t.invented:7d} {t.own_arms:4d} "
        f"{t.partner_as_kick:3d} {share(t.partner_as_kick, t.partner)} "
        f"{t.pushed_as_kick:2d}/{t.pushed:<3d} {share(t.unsure, t.decided)} "
        f"{max(t.index_error, key=abs):+7.2f} {median(t.onset_ms):8.0f} {median(t.duration_s):7.2f}"
    )


DEFAULT = [
    "typical", "severe", "near_normal", "restless_partner", "partner_plms", "alone", "loose_strap",
    "ringing_bed", "soft_kicks", "restless_patient", "unplugged_ankle", "blind_strip", "no_strip",
    "typical@0.1", "typical@0.25", "typical@0.4", "typical@0.8",
    "partner_plms~contact=0.3", "partner_plms~contact=0.3~coupling=0.1",
    "partner_plms@0.1", "partner_plms@0.25", "partner_plms@0.4", "partner_plms@0.8",
    "typical~return_error=0.3", "typical~return_error=0.6", "typical~noise_mg=10",
    "typical~noise_dps=0.5", "typical~gyro_drift_dps=3", "typical~loose_hz=3~rattle_mg=120",
    "soft_kicks~noise_mg=10", "typical~late_ms=60",
    *(f"2:{world}" for world in WORLDS), *(f"3:{odd}" for odd in ODD),
]  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=DEFAULT)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(HELD_OUT))
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--notes", action="store_true", help="print every error")
    args = parser.parse_args()
    print(HEAD)
    for name in args.names:
        total = Tally()
        for seed in args.seeds:
            samples, truth = night(name, seed, args.hours)
            total.notes.append(f"-- seed {seed}")
            tally(samples, truth, *detect(samples), total)
        print(row(name, total), flush=True)
        if args.notes:
            print("\n".join(total.notes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
