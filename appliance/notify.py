"""Tell systemd that the service is ready and alive (sd_notify(3), spoken by hand over AF_UNIX).

`plms record` runs without any network, but its notification socket is a file, so it still arrives.
The watchdog is fed only when every part of the service has made progress since the last time: a
hung bus, a stuck detector or a database that no longer commits each stop the feeding, and systemd
then kills and restarts the service.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LOG = logging.getLogger(__name__)

FEEDS_PER_TIMEOUT = 3
"""Feeds per watchdog timeout; man sd_watchdog_enabled advises two or more."""


class Notifier:
    """One connection to the service manager; without one every call does nothing.

    Parameters
    ----------
    address : str
        Value of NOTIFY_SOCKET: a path, or `@name` in the abstract namespace; empty: no manager.
    """

    __slots__ = ("_address", "_complained")

    def __init__(self, address: str) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._complained = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Notifier:
        """Return the notifier that systemd asks for, or one that is silent."""
        return cls(environment.get("NOTIFY_SOCKET", ""))

    def send(self, *assignments: str) -> None:
        """Send assignments such as `READY=1`; a manager that is gone is logged once."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as link:
                link.setblocking(False)
                link.connect(self._address)
                link.send("\n".join(assignments).encode())
        except OSError as error:
            if not self._complained:
                LOG.warning("systemd cannot be told %s: %s", assignments[0], error)
            self._complained = True

    def ready(self, status: str) -> None:
        """Say that the service works, and in one line what it is doing."""
        self.send("READY=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Say in one line what the service is doing (`systemctl status` shows it)."""
        self.send(f"STATUS={status}")

    def stopping(self) -> None:
        """Say that the service ends in good order."""
        self.send("STOPPING=1")


def watchdog_interval_s(environment: Mapping[str, str] = os.environ) -> float | None:
    """Return how often to feed systemd's watchdog; None where it does not watch us."""
    timeout_us = environment.get("WATCHDOG_USEC", "")
    watched_pid = environment.get("WATCHDOG_PID", "")
    if not timeout_us.isdigit() or watched_pid not in ("", str(os.getpid())):
        return None
    return int(timeout_us) / 1e6 / FEEDS_PER_TIMEOUT


class Watchdog:
    """Feeds systemd's watchdog while every part makes progress.

    Each part calls `beat` whenever it has done a piece of its work; `step` is called often, by any
    one of them. Setting a flag is atomic, so parts may live in different threads.

    Parameters
    ----------
    notifier : Notifier
        Where to feed.
    parts : iterable of str
        Names of the parts that must all progress.
    interval_s : float or None
        Least time between two feeds; None: not watched, and nothing is sent.
    now_s : callable
        Monotonic seconds.
    """

    __slots__ = ("_beaten", "_interval_s", "_next_s", "_notifier", "_now_s")

    def __init__(
        self,
        notifier: Notifier,
        parts: Iterable[str],
        interval_s: float | None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._notifier = notifier
        self._beaten = dict.fromkeys(parts, False)
        self._interval_s = interval_s
        self._now_s = now_s
        self._next_s = now_s()

    def beat(self, part: str) -> None:
        """Note that `part` has done a piece of work.

        Raises
        ------
        KeyError
            When the watchdog does not know the part.
        """
        if part not in self._beaten:
            raise KeyError(part)
        self._beaten[part] = True

    def waiting_for(self) -> tuple[str, ...]:
        """Return the parts without progress since the last feed."""
        return tuple(part for part, beaten in self._beaten.items() if not beaten)

    def step(self) -> bool:
        """Feed when it is time and every part has progressed since the last feed; say if so."""
        if self._interval_s is None or self._now_s() < self._next_s or self.waiting_for():
            return False
        self._notifier.send("WATCHDOG=1")
        self._next_s = self._now_s() + self._interval_s
        for part in self._beaten:
            self._beaten[part] = False
        return True
