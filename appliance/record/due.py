"""When each of the recorder's chores was done last."""

from __future__ import annotations

NS_PER_S = 1_000_000_000


class Due:
    """When each thing was done last [ns of the monotonic clock]."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def is_due(self, name: str, every_ns: int, now_ns: int) -> bool:
        """Say whether a thing is due, and if so take it as done now."""
        last = self._last.get(name)
        if last is not None and now_ns - last < every_ns:
            return False
        self._last[name] = now_ns
        return True

    def done(self, name: str, now_ns: int) -> None:
        """Take a thing as done now."""
        self._last[name] = now_ns
