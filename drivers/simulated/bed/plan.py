"""The planner: a queue of what each sleeper does next, worked off in order of time.

It plans no further than asked, never changes what it planned, and asks its dice in an order that
does not depend on who asks: the same seed is the same night for ever.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.bed import moves, walk
from drivers.simulated.bed.elements import LEFT, PARTNER, RIGHT, TRUNK
from drivers.simulated.bed.rhythm import SeriesRhythm, intensity

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.simulated.bed.moves import Motion
    from drivers.simulated.bed.scenarios import Scenario, Sleeper
    from drivers.simulated.bed.truth import Sleeper as Who
    from drivers.simulated.bed.truth import TrueKind

    Place = Callable[[Motion, Who, TrueKind, int | None, str | None], int]

REST_S = 1.2
"""Shortest rest between two movements of the patient that are two in the truth."""
NIGHT_S = 28800.0


class Planner:
    """Works off the queue up to any time; each movement goes to `place`.

    Parameters
    ----------
    scenario : Scenario
        The night's dials.
    seed : int
        Of all dice.
    place : callable
        Takes (motion, who, kind, caused_by, note), returns the movement's index in the truth.
    """

    def __init__(self, scenario: Scenario, seed: int, place: Place) -> None:
        self._scenario = scenario
        self._place = place
        self._queue: list[tuple[float, int, str]] = []
        self._count = 0
        self._stale_kicks = 0
        self._busy = {"patient": 0.0, "partner": 0.0}
        self._causes: dict[int, int] = {}
        self.horizon_s = 0.0
        self.out_of_bed: list[tuple[float, float]] = []
        self._dice = {who: np.random.default_rng((seed, 1, i)) for i, who in enumerate(self._busy)}
        self._sleepers: dict[str, Sleeper] = {"patient": scenario.patient}
        if scenario.partner is not None:
            self._sleepers["partner"] = scenario.partner
        self._rhythm = {
            who: SeriesRhythm(dials, np.random.default_rng((seed, 2, i)))
            for i, (who, dials) in enumerate(self._sleepers.items())
        }
        self._roll_deg = 0.0
        self._shifted: dict[int, list[float]] = {}
        self._start()

    def plan_until(self, t_s: float) -> None:
        """Work off everything that begins before `t_s`."""
        while self._queue and self._queue[0][0] < t_s:
            at, number, job = heapq.heappop(self._queue)
            self._do(at, number, job)
        self.horizon_s = max(self.horizon_s, t_s)

    def force_series(self, at_s: float, length_s: float) -> None:
        """Have a series of the patient run at a time not yet planned."""
        if at_s < self.horizon_s:
            raise ValueError(f"{at_s} s is planned already (up to {self.horizon_s} s)")
        kicks = max(5, round(length_s / self._scenario.patient.imi_median_s))
        self._push(at_s, f"patient force {kicks}")

    # ------------------------------------------------------------------ the queue
    def _push(self, at_s: float, job: str) -> int:
        self._count += 1
        heapq.heappush(self._queue, (at_s, self._count, job))
        return self._count

    def _start(self) -> None:
        scenario = self._scenario
        for who, dials in self._sleepers.items():
            rng = self._dice[who]
            if dials.plm_per_h > 0.0:
                rhythm = self._rhythm[who]
                rhythm.begin()
                wait = 0.6 * rhythm.pause_s(scenario.sleep_onset_s) - 300.0
                self._push(max(60.0, scenario.sleep_onset_s + wait), f"{who} series 0")
            for _ in range(dials.hypnic_jerks):
                at = scenario.sleep_onset_s + rng.normal(0.0, 150.0)
                self._push(max(20.0, at), f"{who} hypnic")
            for job, rate in _rates(dials):
                if rate > 0.0:
                    self._push(rng.exponential(3600.0 / rate), f"{who} {job}")
        if scenario.edge_s > 0.0:
            self._push(0.0, "patient edge")
        for at in scenario.bathroom_s:
            self._push(at, "patient bathroom")
        rng = self._dice["patient"]
        for _ in range(int(rng.poisson(scenario.random_bathrooms_per_night))):
            self._push(rng.uniform(0.2, 0.95) * NIGHT_S, "patient bathroom")
        for at, length in scenario.forced_series:
            self.force_series(at, length)

    def _do(self, at_s: float, number: int, job: str) -> None:
        who, what, *rest = job.split()
        free = self._busy[who] + REST_S
        if what == "series" and int(rest[0]) != self._stale_kicks and who == "patient":
            return
        if what == "force":
            self._stale_kicks += 1
            self._rhythm[who].begin(int(rest[0]))
            self._push(at_s, f"patient series {self._stale_kicks}")
            return
        if at_s < free:
            later = self._push(free, job)
            if number in self._causes:
                self._causes[later] = self._causes.pop(number)
            return
        if who == "patient":
            self._patient(at_s, what, self._causes.pop(number, None))
        else:
            self._partner(at_s, what, self._causes.pop(number, None))
        self._again(at_s, who, what)

    def _again(self, at_s: float, who: str, what: str) -> None:
        """Queue the next of the same kind."""
        if what == "series":
            wait = self._rhythm[who].next_interval_s(at_s)
            token = self._stale_kicks if who == "patient" else 0
            self._push(at_s + wait, f"{who} series {token}")
            return
        rate = dict(_rates(self._sleepers[who])).get(what, 0.0)
        if rate <= 0.0:
            return
        restless = 3.0 if at_s < self._scenario.sleep_onset_s and what != "isolated" else 1.0
        if what == "isolated":
            restless = intensity(self._sleepers[who], at_s)
        wait = self._dice[who].exponential(3600.0 / (rate * restless))
        self._push(at_s + wait, f"{who} {what}")

    # ------------------------------------------------------------------ the patient
    def _patient(self, at_s: float, what: str, cause: int | None) -> None:
        rng, dials = self._dice["patient"], self._scenario.patient
        rhythm = self._rhythm["patient"]
        if what == "disturbed":
            what = str(rng.choice(("turn", "arm", "posture")))
        if what in ("series", "isolated", "short"):
            bodies = rhythm.bodies()
            self._kick(moves.kick(rng, dials, bodies, at_s), what)
        elif what in ("hypnic", "jerk"):
            bodies = (LEFT, RIGHT) if rng.random() < 0.4 else (int(rng.integers(0, 2)),)
            note = "hypnic" if what == "hypnic" else None
            self._move(moves.jerk(rng, dials, bodies, at_s), "jerk", cause, note)
        elif what == "turn":
            self._move(moves.turn(rng, at_s, self._next_roll(rng)), "turn", cause)
        elif what == "posture":
            self._shift(rng, at_s, cause)
        elif what == "arm":
            self._move(moves.arm(rng, TRUNK, at_s), "arm", cause)
        elif what == "cough":
            self._move(moves.cough(rng, TRUNK, at_s), "arm", cause, "cough")
        elif what == "edge":
            self.out_of_bed.append((0.0, self._scenario.edge_s))
            self._move(walk.edge(rng, self._scenario.edge_s), "posture")
        elif what == "bathroom":
            motion = walk.bathroom(rng, at_s)
            self.out_of_bed.append((motion.onset_s + 2.0, motion.end_s - 2.0))
            self._move(motion, "walk", cause)

    def _move(
        self, motion: Motion, kind: TrueKind, cause: int | None = None, note: str | None = None
    ) -> int:
        self._busy["patient"] = motion.end_s
        return self._place(motion, "patient", kind, cause, note)

    def _shift(self, rng: np.random.Generator, at_s: float, cause: int | None) -> None:
        """Move a leg to another place; awake with legs outstretched, the next time back again."""
        body = int(rng.integers(0, 2))
        if self._scenario.patient.growth_per_h is None:
            motion = moves.posture(rng, body, at_s)
        elif body in self._shifted:
            motion = moves.shift(rng, body, at_s, [-angle for angle in self._shifted.pop(body)])
        else:
            self._shifted[body] = moves.a_little(rng)
            motion = moves.shift(rng, body, at_s, self._shifted[body])
        self._move(motion, "posture", cause)

    def _kick(self, motion: Motion, what: str) -> None:
        rng, scenario = self._dice["patient"], self._scenario
        index = self._move(motion, "kick", None, "short_interval" if what == "short" else None)
        if rng.random() < scenario.patient.short_interval:
            again = max(motion.onset_s + rng.uniform(2.0, 4.0), motion.end_s + REST_S)
            self._push(again, "patient short")
        if scenario.partner is not None and rng.random() < scenario.answers:
            delay = rng.uniform(0.4, 3.0)
            number = self._push(motion.onset_s + delay, "partner answer")
            self._causes[number] = index

    def _next_roll(self, rng: np.random.Generator) -> float:
        """Return how far to turn: to another of the positions back, sides, belly."""
        positions = np.array((-95.0, 0.0, 0.0, 85.0, 170.0)) + rng.normal(0.0, 12.0, 5)
        away = positions[np.abs(positions - self._roll_deg) > 20.0]
        goal = float(rng.choice(away))
        roll = float(np.clip(goal - self._roll_deg, -120.0, 120.0))
        self._roll_deg += roll
        return roll

    # ------------------------------------------------------------------ the partner
    def _partner(self, at_s: float, what: str, cause: int | None) -> None:
        rng, dials = self._dice["partner"], self._sleepers["partner"]
        bed = self._scenario.mattress
        kind: TrueKind
        if what == "answer":
            what = str(rng.choice(("turn", "arm", "isolated")))
        if what in ("series", "isolated", "short"):
            motion = moves.kick(rng, dials, (PARTNER,), at_s)
            kind = "kick"
            if rng.random() < bed.contact:
                motion = moves.push(rng, bed, int(rng.integers(0, 2)), motion)
                kind = "push"
        elif what in ("hypnic", "jerk"):
            motion, kind = moves.jerk(rng, dials, (PARTNER,), at_s), "jerk"
        elif what == "turn":
            motion, kind = moves.partner_turn(rng, bed, at_s), "turn"
        elif what == "cough":
            motion, kind = moves.cough(rng, PARTNER, at_s), "arm"
        else:
            motion, kind = moves.arm(rng, PARTNER, at_s), "arm"
        self._busy["partner"] = motion.end_s
        note = what if what in ("hypnic", "cough") else None
        index = self._place(motion, "partner", kind, cause, note)
        if kind == "turn" and rng.random() < self._scenario.disturbed:
            number = self._push(at_s + rng.uniform(0.5, 5.0), "patient disturbed")
            self._causes[number] = index


def _rates(dials: Sleeper) -> tuple[tuple[str, float], ...]:
    return (
        ("isolated", dials.isolated_per_h),
        ("turn", dials.turns_per_h),
        ("posture", dials.postures_per_h),
        ("arm", dials.arms_per_h),
        ("cough", dials.coughs_per_h),
        ("jerk", dials.jerks_per_h),
    )
