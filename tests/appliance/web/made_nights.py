"""Plausible nights written straight into a database: no truth, only something to show."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from appliance.store import anchors, diary, epochs, gaps, movements, nights, sits
from appliance.store.connect import transaction
from detect.movement import Epoch, Evidence, Gap, Movement, Part
from detect.sit import Away
from drivers.channels import NightScale

HOUR = 360_000
"""Ticks."""


@dataclass(frozen=True)
class Recipe:
    hours: float = 7.6
    series_per_hour: float = 1.6
    unsure: float = 0.05
    partner_per_hour: float = 9.0
    gap: bool = True
    start: str = "23:05"
    zone: str = "Europe/Berlin"
    clock: bool = True
    private: bool = False
    right_fitted: bool = True


def _leg(rng: random.Random, onset: int, recipe: Recipe) -> Movement:
    side = rng.choices(("left", "right", "both"), (4, 3, 3))[0] if recipe.right_fitted else "left"
    length = round(100 * min(9.0, max(0.55, rng.lognormvariate(0.7, 0.4))))
    owner = "unsure" if rng.random() < recipe.unsure else "patient"
    parts = tuple(
        Part(
            leg,
            onset + (rng.randrange(5, 40) if leg == "right" and side == "both" else 0),
            onset + length,
        )
        for leg in ("left", "right")
        if side in (leg, "both")
    )
    return Movement(
        onset, onset + length, "leg", side, owner,
        round(rng.uniform(0.3, 0.8) if owner == "unsure" else rng.uniform(0.93, 1.0), 3),
        round(rng.lognormvariate(5.8, 0.5)), round(rng.lognormvariate(4.0, 0.5), 1), parts,
        Evidence(round(rng.uniform(3, 16), 1), round(rng.uniform(0.02, 0.3), 2),
                 round(rng.uniform(6, 16), 1), rng.choice((None, rng.randrange(10, 70))), 0.2),
    )  # fmt: skip


def _partner(rng: random.Random, onset: int, after_kick: bool) -> Movement:
    length = rng.randrange(60, 900)
    return Movement(
        onset, onset + length, "bed", None, "partner", round(rng.uniform(0.01, 0.1), 3),
        round(rng.uniform(8, 40)), None, (),
        Evidence(0.3, round(rng.uniform(0.7, 0.98), 2), round(rng.uniform(-18, -6), 1), -40, 0.7),
        "kick_moved_partner" if after_kick else None,
    )  # fmt: skip


def _kick_onsets(rng: random.Random, recipe: Recipe, end: int) -> list[int]:
    onsets: list[int] = []
    tick = round(0.3 * HOUR)
    while tick < end - HOUR // 20:
        share = 1.4 - tick / end  # fewer towards the morning
        tick += round(rng.expovariate(recipe.series_per_hour * share) * HOUR) + 1500
        period = rng.lognormvariate(math.log(2400), 0.2)
        for _ in range(rng.randrange(1, 26)):
            onsets.append(tick)
            tick += round(max(500, rng.gauss(period, 320)))
        if rng.random() < 0.5:
            tick += rng.randrange(200, 900)
            onsets.append(tick)
    return sorted({onset for onset in onsets if onset < end - 3000})


def made_movements(rng: random.Random, recipe: Recipe) -> list[Movement]:
    end = round(recipe.hours * HOUR)
    found = [_leg(rng, onset, recipe) for onset in _kick_onsets(rng, recipe, end)]
    if not recipe.private:
        found += [
            _partner(rng, movement.end_tick + rng.randrange(80, 400), True)
            for movement in found
            if rng.random() < 0.05
        ]
        count = round(recipe.partner_per_hour * recipe.hours)
        found += [_partner(rng, rng.randrange(end - 2000), False) for _ in range(count)]
    for _ in range(round(2.2 * recipe.hours)):
        onset = rng.randrange(end - 3000)
        found.append(
            Movement(
                onset,
                onset + rng.randrange(300, 1500),
                "body",
                None,
                "patient",
                0.99,
                900,
                140.0,
                (),
                Evidence(tilt_deg=45.0),
            )
        )
    if recipe.gap:
        hole = (round(4.1 * HOUR), round(4.4 * HOUR))
        found = [m for m in found if m.end_tick < hole[0] or m.onset_tick > hole[1]]
    found.sort(key=lambda m: (m.end_tick, m.onset_tick))
    return found


def _epochs(rng: random.Random, recipe: Recipe, found: list[Movement]) -> list[Epoch]:
    made = []
    count = round(recipe.hours * 120)
    moving = [0.0] * count
    theirs = [0.0] * count
    for movement in found:
        bucket = theirs if movement.owner == "partner" else moving
        bucket[min(count - 1, movement.onset_tick // 3000)] += movement.duration_s
    for index in range(count):
        out = 300 <= index < 309
        lost = recipe.gap and 492 <= index < 528
        made.append(
            Epoch(index, min(30.0, moving[index]), min(30.0, theirs[index]), 0.0 if out else 30.0,
                  30.0, 0.0 if lost or not recipe.right_fitted else 30.0, 30.0,
                  moving[index] * 60 + rng.uniform(0, 3))
        )  # fmt: skip
    return made


def make_night(db, day: date, seed: int = 1, recipe: Recipe = Recipe(), *, state: str = "closed"):
    """Write one night and return its row."""
    rng = random.Random(seed)
    hour, minute = map(int, recipe.start.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(recipe.zone))
    if hour < 12:
        local += timedelta(days=1)
    start_utc = local.astimezone(UTC).timestamp() if recipe.clock else None
    end = round(recipe.hours * HOUR)
    with transaction(db):
        night = nights.create_night(
            db,
            nights.NewNight(
                name=nights.free_name(db, local, "night"), start_utc=start_utc,
                time_zone=recipe.zone, boot_id="made", origin_monotonic_ns=0,
                private=recipe.private, simulated=True, scale=NightScale(), detector="made-1",
                software="0.1.0",
            ),
        )  # fmt: skip
        found = made_movements(rng, recipe)
        movements.add_movements(db, night.id, found, 0)
        epochs.add_epochs(db, night.id, _epochs(rng, recipe, found))
        if start_utc is not None:
            anchors.add_anchor(db, night.id, anchors.Anchor(0, "made", 0, start_utc, True))
        lost = []
        if recipe.gap:
            lost.append(Gap("right", round(4.1 * HOUR), round(4.4 * HOUR)))
        if not recipe.right_fitted:
            lost = [Gap("right", 0, end)]
        gaps.add_gaps(db, night.id, lost)
        nights.set_lights(db, night.id, round(0.2 * HOUR), end - round(0.1 * HOUR))
        if state == "closed":
            nights.close_night(db, night.id, end, "page")
        else:
            nights.set_progress(db, night.id, end)
    return nights.find_night(db, night.name)


@dataclass(frozen=True)
class Sitting:
    """An evening test."""

    start: str = "20:05"
    minutes: float = 60.0
    restless: float = 1.0
    """Share of the time in which the legs move in rhythm."""
    unsure: float = 0.04
    answers: tuple[int | None, ...] = (1, 2, 4, 5, 7, 8, 8)
    stands: bool = False
    gap: bool = False
    right_fitted: bool = True
    watched: bool = True


def _sit_movements(rng: random.Random, sitting: Sitting) -> list[Movement]:
    recipe = Recipe(unsure=sitting.unsure, right_fitted=sitting.right_fitted)
    found = []
    tick, end = 1500, round(sitting.minutes * 6000)
    while tick < end - 1500:
        if rng.random() < sitting.restless * (0.4 + 0.6 * tick / end):
            for _ in range(rng.randrange(5, 12)):
                found.append(_leg(rng, tick, recipe))
                tick += max(420, round(rng.lognormvariate(math.log(1180), 0.3)))
        tick += rng.randrange(1500, 9000)
    return [m for m in found if m.end_tick < end]


def make_sit(db, day: date, seed: int = 1, sitting: Sitting = Sitting(), *, state: str = "closed"):
    """Write one evening test and return its row."""
    rng = random.Random(seed)
    hour, minute = map(int, sitting.start.split(":"))
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))
    start_utc = local.astimezone(UTC).timestamp()
    end = round(sitting.minutes * 6000)
    with transaction(db):
        night = nights.create_night(
            db,
            nights.NewNight(
                name=nights.free_name(db, local, "sit"), kind="sit", start_utc=start_utc,
                time_zone="Europe/Berlin", boot_id="made", origin_monotonic_ns=0, simulated=True,
                scale=NightScale(), detector="made-1", software="0.1.0",
            ),
        )  # fmt: skip
        movements.add_movements(db, night.id, _sit_movements(rng, sitting), 0)
        epochs.add_epochs(db, night.id, _epochs(rng, Recipe(hours=sitting.minutes / 60, gap=False,
                          right_fitted=sitting.right_fitted), []))  # fmt: skip
        anchors.add_anchor(db, night.id, anchors.Anchor(0, "made", 0, start_utc, True))
        if sitting.watched:
            sits.create_sit(db, night.id, 360_000, ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)))
        if sitting.stands:
            sits.replace_aways(
                db, night.id,
                [Away("standing", 90_000, 111_000), Away("posture", 200_000, 206_000)],
            )  # fmt: skip
        lost = [Gap("right", 240_000, 276_000)] if sitting.gap else []
        gaps.add_gaps(db, night.id, lost if sitting.right_fitted else [Gap("right", 0, end)])
        for place, value in enumerate(sitting.answers):
            if value is not None and 10 * place <= sitting.minutes:
                answer = sits.StoredAnswer(10 * place, value, 60_000 * place, "page")
                sits.put_answer(db, night.id, answer)
        if state == "closed":
            nights.close_night(db, night.id, end, "complete" if sitting.minutes == 60 else "page")
        else:
            nights.set_progress(db, night.id, end)
    return nights.find_night(db, night.name)


def make_sits(db, last: date, count: int, seed: int = 5) -> None:
    """Write an evening test a week, ending on `last`."""
    rng = random.Random(seed)
    for back in reversed(range(count)):
        level = rng.randrange(0, 5)
        sitting = Sitting(
            start=rng.choice(("18:10", "20:05", "22:00")),
            restless=rng.uniform(0.1, 1.0),
            answers=tuple(min(10, level + rng.randrange(0, 2 + place)) for place in range(7)),
            minutes=35.0 if back == 3 else 60.0,
        )
        make_sit(db, last - timedelta(days=7 * back), seed * 100 + back, sitting)


def make_nights(db, last: date, count: int, seed: int = 7) -> None:
    """Write many nights with holes, ending on `last`."""
    rng = random.Random(seed)
    for back in reversed(range(count)):
        day = last - timedelta(days=back)
        if back and rng.random() < 0.18:
            continue
        recipe = Recipe(
            hours=round(rng.uniform(5.5, 8.8), 2),
            series_per_hour=max(0.2, rng.gauss(1.5, 0.7)),
            unsure=rng.choice((0.0, 0.03, 0.12)),
            gap=rng.random() < 0.2,
        )
        make_night(db, day, seed * 1000 + back, recipe)
        if rng.random() < 0.6:
            diary.put(
                db,
                day.isoformat(),
                "evening",
                {
                    "alone": rng.random() < 0.2,
                    "caffeine": rng.choice((0, 0, 1, 3)),
                    "alcohol": rng.choice((0, 0, 0, 2)),
                },
                0.0,
            )
            diary.put(db, day.isoformat(), "morning", {"rested": rng.randrange(3, 10)}, 0.0)


def add_raw(db, state_dir, night, seconds: int = 900) -> None:
    """Write raw signals around the first kicks of a night."""
    import numpy as np

    from appliance.store.raw import RECORDINGS
    from appliance.store.raw_writer import RawWriter
    from drivers.block import Block

    kicks = [m for m in movements.load_movements(db, night.id) if m.kind == "leg"]
    first = kicks[0].onset_tick - 3000
    count = seconds * 100
    rng = np.random.default_rng(5)
    physical = rng.normal(0.0, 0.004, (count, 13))
    physical[:, 3:6] *= 100
    physical[:, 9:12] *= 100
    physical[:, 12] *= 500
    physical[:, 2] += 1.0
    physical[:, 8] += 1.0
    for kick in kicks:
        start = kick.onset_tick - first
        if start + 600 > count:
            break
        t = np.arange(kick.end_tick - kick.onset_tick) / 100
        swing = np.sin(2 * np.pi * 2.2 * t) * np.exp(-t)
        for leg, column in (("left", 0), ("right", 6)):
            if kick.side in (leg, "both"):
                physical[start : start + len(t), column] += 0.6 * swing
                physical[start : start + len(t), column + 4] += 90 * swing
        physical[start + 4 : start + 4 + len(t), 12] += 25 * swing
    scale = NightScale()
    gains, offsets = np.array(scale.gains()), np.array(scale.offsets())
    counts = np.clip(np.round((physical - offsets) / gains), -32767, 32767).astype(np.int16)
    counts[2000:2300, 6:12] = -32768
    name = f"{night.name}.db"
    (state_dir / RECORDINGS).mkdir(exist_ok=True)
    writer = RawWriter(state_dir / RECORDINGS / name, scale)
    for begin in range(0, count, 1000):
        writer.append(Block(first + begin, counts[begin : begin + 1000]))
        writer.commit()
    writer.close()
    nights.set_recording(db, night.id, name)
