"""How fast are old nights scored again? `make bench-scoring` prints it.

A database of a thousand nights of eight hours with about 500 movements each (some unsure, some of
the partner, every fifth night with a lost sensor) is scored by two processes: once from the
database on, once the scoring alone. CPU time, so that a busy machine does not blur it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path

from appliance.nightdata import collect_seldom, load_night_input
from appliance.store import connect, epochs, gaps, movements, nights
from detect.movement import EPOCH_TICKS, Epoch, Evidence, Gap, Movement, Part
from detect.score import score_night
from drivers.channels import NightScale

TICKS = 8 * 360_000
LIMIT_S = 5.0
PROCESSES = 2
PATTERNS = 10


def night_of_kicks(seed: int) -> list[Movement]:
    """Return about 500 movements in rhythm, one in eight unsure, one in ten the partner's."""
    draw = random.Random(seed)
    found: list[Movement] = []
    onset = 60_000
    while onset < TICKS - 10_000:
        duration = draw.randint(60, 600)
        owner = draw.choices(("patient", "partner", "unsure"), (31, 4, 5))[0]
        side = draw.choice(("left", "right", "both"))
        legs = ("left", "right") if side == "both" else (side,)
        mine = owner != "partner"
        found.append(
            Movement(
                onset,
                onset + duration,
                "leg" if mine else "bed",
                side if mine else None,
                owner,
                draw.random(),
                400.0,
                80.0,
                tuple(Part(leg, onset, onset + duration) for leg in legs) if mine else (),
                Evidence(9.0, 0.1, 12.0, -30.0, 0.2),
            )
        )
        rest_s = draw.lognormvariate(3.3, 0.5) if draw.random() > 0.1 else draw.uniform(90, 400)
        onset += duration + int(100 * rest_s)
    return found


def epochs_of(movements: list[Movement], seed: int) -> list[Epoch]:
    """Return the night's epochs: who moved how long, and the ankles' activity then."""
    draw = random.Random(seed)
    seconds = {owner: [0.0] * (TICKS // EPOCH_TICKS) for owner in ("patient", "partner", "unsure")}
    for movement in movements:
        for tick in range(movement.onset_tick, min(movement.end_tick, TICKS), 10):
            seconds[movement.owner][tick // EPOCH_TICKS] += 0.1
    return [
        Epoch(number, mine, other, 30.0, 30.0, 30.0, 30.0, 15.0 + 400.0 * mine * draw.random())
        for number, (mine, other) in enumerate(
            zip(seconds["patient"], seconds["partner"], strict=True)
        )
    ]


def fill(folder: Path, count: int) -> float:
    """Write the nights; return the mean number of movements."""
    db = connect.open_database(folder)
    scale = NightScale()
    patterns = [night_of_kicks(seed) for seed in range(PATTERNS)]
    moved = [epochs_of(pattern, seed) for seed, pattern in enumerate(patterns)]
    with connect.transaction(db):
        for number in range(count):
            new = nights.NewNight(
                name=f"n{number}",
                start_utc=None,
                time_zone="UTC",
                boot_id="bench",
                origin_monotonic_ns=0,
                scale=scale,
                detector="bench",
                software="bench",
            )
            night = nights.create_night(db, new)
            movements.add_movements(db, night.id, patterns[number % PATTERNS], 0)
            epochs.add_epochs(db, night.id, moved[number % PATTERNS])
            if number % 5 == 0:
                gaps.add_gaps(db, night.id, [Gap("left", 1_000_000, 1_100_000)])
            nights.close_night(db, night.id, TICKS, "bench")
    db.close()
    return sum(map(len, patterns)) / PATTERNS


def score_share(job: tuple[Path, int]) -> tuple[float, float]:
    """Score every second night from the database; return CPU seconds (all, scoring)."""
    folder, share = job
    collect_seldom()  # as `plms serve` does
    db = connect.open_database(folder, readonly=True)
    start = time.process_time()
    mine = [night for night in nights.list_nights(db) if night.id % PROCESSES == share]
    alone_s = 0.0
    for night in mine:
        loaded = load_night_input(db, night)
        begun = time.process_time()
        score_night(loaded)
        alone_s += time.process_time() - begun
    db.close()
    return time.process_time() - start, alone_s


def main() -> int:
    """Print nights per second; fail above the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=1000)
    count = parser.parse_args().nights
    with tempfile.TemporaryDirectory() as name, multiprocessing.Pool(PROCESSES) as pool:
        folder = Path(name)
        mean = fill(folder, count)
        begun = time.perf_counter()
        shares = pool.map(score_share, [(folder, share) for share in range(PROCESSES)])
        wall_s = time.perf_counter() - begun
    all_s, alone_s = (max(share[i] for share in shares) for i in range(2))
    print(
        f"{count} nights of {mean:.0f} movements in {PROCESSES} processes, CPU time of the slower"
    )
    for name, seconds in (("scoring", alone_s), ("from the database", all_s)):
        print(
            f"  {name:17}  {seconds:5.2f} s  {1000 * seconds * PROCESSES / count:5.2f} ms a night"
        )
    print(f"  wall clock         {wall_s:5.2f} s")
    if count >= 1000 and all_s > LIMIT_S:
        print(f"  above {LIMIT_S:.0f} s", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
