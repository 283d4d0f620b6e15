"""How near the evening test comes to the truth: simulated hours, one row a scenario.

Run by `python -m tests.bench.evening [SEEDS]`; docs/simulator.md holds what it printed.
"""

from __future__ import annotations

import sys

from tests.detect.test_sit_simulated import both

SCENARIOS = ("sit_restless", "sit_calm", "sit_stands_up", "sit_couple")


def row(name: str, seeds: int) -> str:
    """Return a scenario's figures as a row of the table."""
    pairs = [both(name, seed) for seed in range(1, seeds + 1)]
    true = [truth.movements for _, truth in pairs]
    found = [got.movements - truth.movements for got, truth in pairs]
    rates = [
        100.0 * (got.movements_per_counted_hour / truth.movements_per_counted_hour - 1.0)
        for got, truth in pairs
        if truth.movements_per_counted_hour
    ]
    counted = [got.counted_s - truth.counted_s for got, truth in pairs]
    worst = f"{max(rates, key=abs):+.1f} %" if rates else ""
    return (
        f"| {name} | {min(true)} to {max(true)} | {min(found):+d} to {max(found):+d} | {worst} |"
        f" {min(counted):+.0f} to {max(counted):+.0f} s |"
    )


def main() -> None:
    """Print the table."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for name in SCENARIOS:
        print(row(name, seeds), flush=True)


if __name__ == "__main__":
    main()
