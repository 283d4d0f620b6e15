"""Wrong passwords are limited per visitor, so that guessing takes years and the owner gets in."""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

FREE_FAILURES = 5
"""Wrong passwords before waiting begins."""
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 900.0
FORGET_S = 3600.0
MOST_VISITORS = 1024


@dataclass(slots=True)
class _Record:
    failures: int
    last_utc: float


def visitor_of(address: str | None) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address((address or "").split("%", maxsplit=1)[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


@dataclass(slots=True)
class Limiter:
    """Failures of each visitor; the wait doubles with each failure after the first few."""

    _records: OrderedDict[str, _Record] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, visitor: str, now_utc: float) -> float:
        """Return how long this visitor must wait before the next try; 0: may try now."""
        with self._lock:
            record = self._records.get(visitor)
            if record is None or record.failures < FREE_FAILURES:
                return 0.0
            # The clock of a box without a battery may step: a wait never outlasts its own length.
            wait = min(FIRST_WAIT_S * 2.0 ** (record.failures - FREE_FAILURES), LONGEST_WAIT_S)
            return min(wait, max(0.0, record.last_utc + wait - now_utc))

    def failed(self, visitor: str, now_utc: float) -> None:
        """Count one wrong password."""
        with self._lock:
            record = self._records.pop(visitor, None)
            if record is None or now_utc - record.last_utc > FORGET_S:
                record = _Record(0, now_utc)
            record.failures += 1
            record.last_utc = now_utc
            self._records[visitor] = record
            while len(self._records) > MOST_VISITORS:
                self._records.popitem(last=False)

    def succeeded(self, visitor: str) -> None:
        """Forget a visitor's failures."""
        with self._lock:
            self._records.pop(visitor, None)
