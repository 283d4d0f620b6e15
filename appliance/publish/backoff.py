"""How long to wait before the broker is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import SystemRandom
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDS_A_PERSON: Final = frozenset(
    {"login", "protocol", "client_id", "banned", "certificate", "tls", "file", "settings"}
)
"""Troubles that do not go away by themselves: tried again in minutes, and shown at once."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """All waiting times of the publisher [s]. Tests use shorter ones, the appliance these."""

    retry_first_s: float = 0.5
    retry_longest_s: float = 30.0
    person_first_s: float = 10.0
    person_longest_s: float = 300.0
    taken_over_first_s: float = 60.0
    """Two devices of one name throw each other out: going slowly keeps that bearable."""
    stable_s: float = 10.0
    """A connection that lasted this long has worked."""
    grace_s: float = 30.0
    """A shorter outage is not worth a fault."""
    answer_s: float = 15.0
    """A broker that has not answered after this time is gone."""
    unheard_first_s: float = 1.0
    unheard_longest_s: float = 10.0
    """How often an event that nobody listened to is offered again."""
    unheard_keep_s: float = 86_400.0
    """After this time of nobody listening an event counts as delivered: the broker took it."""
    refused_s: float = 60.0
    """How often a message that the broker refuses is offered again."""
    announce_gap_s: float = 5.0
    """Home Assistant loses announcements that follow each other faster than it works."""
    poll_s: float = 0.05
    """Longest wait for the network before the database is looked at again."""
    birth_delay_s: float = 3.0
    """Longest random wait after Home Assistant's birth message."""
    command_s: float = 30.0
    """A command that the recorder has not carried out by then is withdrawn."""
    refresh_s: float = 5.0
    """How often figures that change without a write (age, temperature) are looked at."""


def _draw(low: float, high: float) -> float:
    return SystemRandom().uniform(low, high)


class Backoff:
    """Waiting times that double, with jitter, until a connection has lasted.

    Parameters
    ----------
    tuning : Tuning
        First and longest waits.
    uniform : callable
        Random number between two limits.
    """

    def __init__(self, tuning: Tuning, uniform: Callable[[float, float], float] = _draw) -> None:
        self._tuning = tuning
        self._uniform = uniform
        self._failures = 0

    def reset(self) -> None:
        """Start again with short waits."""
        self._failures = 0

    def next_wait_s(self, trouble_code: str) -> float:
        """Return the wait after one more failure [s]: half to all of the doubling limit."""
        tuning = self._tuning
        first, longest = tuning.retry_first_s, tuning.retry_longest_s
        if trouble_code in NEEDS_A_PERSON:
            first, longest = tuning.person_first_s, tuning.person_longest_s
        elif trouble_code == "taken_over":
            first, longest = tuning.taken_over_first_s, tuning.person_longest_s
        limit = min(longest, first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return self._uniform(0.5 * limit, limit)
