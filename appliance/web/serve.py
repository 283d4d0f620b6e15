"""Serve the pages with waitress: threads for eight, patience for none that hangs."""

from __future__ import annotations

import errno
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.server import create_server

from appliance.web.app import LONGEST_BODY_BYTES

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8
CONNECTIONS = 100
HANG_S = 30
"""A connection without progress is closed after this."""


class BindError(Exception):
    """The address cannot be listened on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class PageServer:
    """A listening server; `run` serves until `stop`, SystemExit or KeyboardInterrupt ends it."""

    server: Any
    """waitress' server; it has no types."""
    host: str
    """An address under which this machine reaches it."""
    port: int

    def run(self) -> None:
        """Serve until stopped; requests under way get five seconds to end."""
        self.server.run()
        self.server.task_dispatcher.shutdown(cancel_pending=True, timeout=5)
        wasyncore.close_all(self.server._map, ignore_all=True)

    def stop(self) -> None:
        """Make `run` return; may be called from another thread."""
        sockets, trigger = self.server._map, self.server.trigger
        with trigger.lock:  # or a worker's pull closes it first, and this one finds it closed
            trigger.thunks.append(lambda: wasyncore.close_all(sockets, ignore_all=True))
            trigger.pull_trigger()


def listen(app: Flask, host: str, port: int) -> PageServer:
    """Listen, without serving yet.

    Parameters
    ----------
    app : Flask
        The pages.
    host : str
        Address; "0.0.0.0" listens on IPv6 as well where there is any.
    port : int
        0 takes any free one.

    Raises
    ------
    AccessRefusedError
        When an open demonstration would be reachable from elsewhere.
    BindError
        When the address is taken or not ours.
    """
    app.extensions["plms"].access.check_binding(host)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    taken = _socket(host, port)
    server = create_server(
        app,
        sockets=[taken],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=HANG_S,
        cleanup_interval=10,
        max_request_body_size=LONGEST_BODY_BYTES,
        max_request_header_size=16 * 1024,
        ident="",
        clear_untrusted_proxy_headers=True,
    )
    address = taken.getsockname()
    near = "127.0.0.1" if address[0] in ("::", "0.0.0.0") else address[0]  # noqa: S104 - compared
    return PageServer(server, near, address[1])


def _socket(host: str, port: int) -> socket.socket:
    both = host == "0.0.0.0" and socket.has_dualstack_ipv6()  # noqa: S104 - compared, not bound
    try:
        if both:
            return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise BindError(_why(error, host, port)) from error


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use: stop what uses it, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs root: choose one above 1023 with --port"
    # A name that nobody knows comes as a negative number, of getaddrinfo's own errors.
    if error.errno in (errno.EADDRNOTAVAIL, errno.ENODEV) or (error.errno or 0) < 0:
        return f"{host} is not an address of this machine: choose another with --host"
    return f"cannot listen on {host} port {port}: {error.strerror}"
