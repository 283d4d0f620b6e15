"""Can a test be prepared: is nothing recorded, do the ankle sensors deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.record.refused import RefusedError
from appliance.record.sensors import sensor_state

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.store.nights import Night

ANKLES = ("left", "right")


def busy_words(night: Night) -> str:
    """Say what is recorded already."""
    if night.kind == "sit":
        return f"test {night.name} is running already"
    return f"{night.kind} {night.name} is running: end it first; the test is for somebody awake"


def ready_ankles(states: Mapping[str, str], *, one_leg: bool) -> list[str]:
    """Return the ankles that deliver.

    Raises
    ------
    RefusedError
        When one does not (and `one_leg` does not say that one is enough), or none does.
    """
    fitted = [a for a in ANKLES if states.get(a, "none") != "none"]
    there = [a for a in fitted if sensor_state(states[a]) in ("ok", "starting")]
    lost = [a for a in fitted if a not in there]
    if not there:
        raise RefusedError("no ankle sensor gives samples: check the plugs")
    if lost and not one_leg:
        raise RefusedError(f"the {lost[0]} ankle sensor gives no samples: check its plug")
    return there
