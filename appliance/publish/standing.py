"""How the publisher stands with the broker: for the page, for `plms doctor` and for the faults."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

from appliance.publish.backoff import NEEDS_A_PERSON
from appliance.store import faults, settings

if TYPE_CHECKING:
    import sqlite3

    from appliance.publish.backoff import Tuning
    from appliance.publish.broker import Trouble

LOG = logging.getLogger(__name__)
SETTING = "publish.standing"
DEVICE = "mqtt"
"""Under this name the publisher's faults stand among those of the sensors."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One plain sentence and what it rests on.

    `state`: off (not wanted), connecting, connected, trouble. `code`: of the trouble, stable.
    """

    state: Literal["off", "connecting", "connected", "trouble"]
    text: str
    code: str = ""
    broker: str = ""
    since_utc: float = 0.0


def read_standing(db: sqlite3.Connection) -> Standing:
    """Return what the publisher last said of itself."""
    body = settings.get(db, SETTING, None)
    if body is None:
        return Standing("off", "MQTT is off: nothing has been published yet")
    return Standing(**body)


class StandingBook:
    """Writes the standing, and the faults that follow from it, when they change.

    Parameters
    ----------
    db : sqlite3.Connection
        The writable database, used by the calling thread only.
    tuning : Tuning
        How long an outage may last before it is a fault.
    """

    def __init__(self, db: sqlite3.Connection, tuning: Tuning) -> None:
        self._db = db
        self._tuning = tuning
        self._written: Standing | None = None
        self._trouble_since_s: float | None = None
        self._connected_since_s: float | None = None
        self._fault_codes = {f.code for f in faults.open_faults(db) if f.device == DEVICE}
        self._hold_s = tuning.stable_s

    def off(self, now_utc: float) -> None:
        """Note that the owner does not want MQTT."""
        self._write(Standing("off", "MQTT is off", since_utc=now_utc))
        self._connected_since_s = self._trouble_since_s = None
        self._clear(None, now_utc)

    def connecting(self, broker: str, now_utc: float) -> None:
        """Note a first attempt; a trouble that is known stays visible meanwhile."""
        if self._written is None or self._written.state != "trouble":
            self._write(Standing("connecting", f"connecting to {broker}", "", broker, now_utc))

    def connected(self, broker: str, now_s: float, now_utc: float) -> None:
        """Note that the broker took us."""
        self._connected_since_s = now_s
        self._write(Standing("connected", f"connected to {broker}", "", broker, now_utc))

    def trouble(self, trouble: Trouble, broker: str, now_s: float, now_utc: float) -> None:
        """There is no connection."""
        self._connected_since_s = None
        if self._trouble_since_s is None:
            self._trouble_since_s = now_s
        if self._written is None or self._written.text != trouble.text:
            LOG.warning("MQTT: %s", trouble.text)
        self._write(Standing("trouble", trouble.text, trouble.code, broker, now_utc))
        lasts = now_s - self._trouble_since_s >= self._tuning.grace_s
        if lasts or trouble.code in NEEDS_A_PERSON or trouble.code == "taken_over":
            # Two devices of one name are both connected now and then; the fault outlasts that.
            taken = trouble.code == "taken_over"
            self._hold_s = 2 * self._tuning.taken_over_first_s if taken else self._tuning.stable_s
            self._open(trouble.code, trouble.text, now_utc)

    def denied(self, topics: list[str], broker: str, now_utc: float) -> None:
        """Note the topics that the broker's access list keeps from us; none: all is well."""
        if topics:
            names = ", ".join(sorted(topics))
            text = f"the broker does not let us use {names}: allow it in its access list (ACL)"
            self._write(Standing("trouble", text, "acl", broker, now_utc))
            self._open("acl", text, now_utc)
        elif "acl" in self._fault_codes:
            self._write(Standing("connected", f"connected to {broker}", "", broker, now_utc))
            self._clear("acl", now_utc)

    def tick(self, now_s: float, now_utc: float) -> None:
        """Close the faults of a connection that has worked for long enough."""
        if self._connected_since_s is None or now_s - self._connected_since_s < self._hold_s:
            return
        self._trouble_since_s = None
        for code in self._fault_codes - {"acl"}:
            self._clear(code, now_utc)

    def _write(self, standing: Standing) -> None:
        before = self._written
        if before is not None and replace(before, since_utc=standing.since_utc) == standing:
            return
        self._written = standing
        settings.put(self._db, SETTING, asdict(standing), standing.since_utc)

    def _open(self, code: str, text: str, now_utc: float) -> None:
        if code in self._fault_codes:
            return
        if code != "acl":
            for other in self._fault_codes - {"acl"}:
                self._clear(other, now_utc)
        faults.open_fault(self._db, DEVICE, code, text, night_id=None, started_utc=now_utc)
        self._fault_codes = self._fault_codes | {code}

    def _clear(self, code: str | None, now_utc: float) -> None:
        if self._fault_codes:
            faults.clear_fault(self._db, DEVICE, code, now_utc)
            self._fault_codes = set() if code is None else self._fault_codes - {code}
