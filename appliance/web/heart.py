"""Feed systemd's watchdog only while the pages answer and the publisher moves on."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.notify import Watchdog

ROUND_S = 5.0
PATIENCE_S = 20.0


def is_answering(host: str, port: int) -> bool:
    """Tell whether the page answers at all; a broken database is an answer, a restart no cure."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


class Heart(threading.Thread):
    """Asks the page for its health from outside, as a phone would.

    Parameters
    ----------
    watchdog : Watchdog
        Its parts are "pages" and "publisher".
    host, port
        Where the page listens.
    publisher_is_healthy : callable
        Whether the publisher makes progress.
    stop : threading.Event
        Ends the thread.
    """

    def __init__(
        self,
        watchdog: Watchdog,
        host: str,
        port: int,
        publisher_is_healthy: Callable[[], bool],
        stop: threading.Event,
    ) -> None:
        super().__init__(name="heart", daemon=True)
        self._watchdog = watchdog
        self._host = host
        self._port = port
        self._publisher_is_healthy = publisher_is_healthy
        self._stop_wanted = stop

    def run(self) -> None:
        """Beat until stopped."""
        while not self._stop_wanted.wait(ROUND_S):
            self.beat()

    def beat(self) -> None:
        """Look at both parts once."""
        if is_answering(self._host, self._port):
            self._watchdog.beat("pages")
        if self._publisher_is_healthy():
            self._watchdog.beat("publisher")
        self._watchdog.step()
