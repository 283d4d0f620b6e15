"""A database that cannot be written: say so once, wait a little, try again."""

from __future__ import annotations

import logging

from appliance.record.due import NS_PER_S

LOG = logging.getLogger(__name__)

RETRY_NS = 2 * NS_PER_S


class Trouble:
    """What keeps the recorder from storing.

    Attributes
    ----------
    text : str or None
        A plain sentence; None while all is well.
    """

    def __init__(self) -> None:
        self.text: str | None = None
        self._retry_from_ns: int | None = None

    def waits(self, now_ns: int) -> bool:
        """Say whether it is too early to try again."""
        return self._retry_from_ns is not None and now_ns < self._retry_from_ns

    def note(self, error: str, now_ns: int) -> None:
        """Take down that storing failed."""
        self._retry_from_ns = now_ns + RETRY_NS
        if self.text is None:
            LOG.error("the database cannot be written: %s; trying again", error)
        self.text = f"the database cannot be written: {error}"

    def clear(self) -> None:
        """Take down that storing works."""
        self._retry_from_ns = None
        if self.text is not None:
            LOG.warning("the database can be written again")
            self.text = None
