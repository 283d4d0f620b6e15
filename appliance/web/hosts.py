"""Which names this box answers to, so that no foreign page can reach it by DNS rebinding.

A page on evil.example whose name suddenly points at this box sends `Host: evil.example`; it is
refused here. An Origin check alone would not help, since that page's origin *is* its host.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from pathlib import Path

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::([0-9]{1,5}))?")
_LOCAL_V4 = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")


def split_host(value: str) -> str | None:
    """Return the lower-cased name of a Host header without port, brackets and final dot.

    Examples
    --------
    >>> split_host("PLMS.local:8080")
    'plms.local'
    >>> split_host("[::1]:8080")
    '::1'
    >>> split_host("a b") is None
    True
    """
    match = _HOST.fullmatch(value.strip().lower())
    if match is None:
        return None
    return match[1].strip("[]").rstrip(".") or None


@dataclass(frozen=True, slots=True)
class OwnNames:
    """The names and addresses of this box."""

    hostname: str = field(default_factory=lambda: socket.gethostname().lower())
    configured: frozenset[str] = frozenset()
    proc_net: Path = Path("/proc/net")

    def accept(self, host_header: str) -> bool:
        """Tell whether a Host header names this box."""
        name = split_host(host_header)
        if name is None:
            return False
        short = self.hostname.split(".", maxsplit=1)[0]
        names = {"localhost", self.hostname, short, f"{short}.local", *self.configured}
        return name in names or self._is_own_address(name)

    def _is_own_address(self, name: str) -> bool:
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        if address.is_loopback:
            return True
        own = own_addresses(self.proc_net)
        # Where the kernel's tables are hidden (a strict sandbox) any literal address is taken:
        # rebinding needs a name, so a literal address is never a rebound one.
        return own is None or address in own


def own_addresses(
    proc_net: Path,
) -> frozenset[ipaddress.IPv4Address | ipaddress.IPv6Address] | None:
    """Return this machine's addresses from the kernel's tables, or None where they are hidden."""
    try:
        v4 = _LOCAL_V4.findall((proc_net / "fib_trie").read_text(encoding="ascii"))
    except OSError:
        return None
    try:
        v6 = (proc_net / "if_inet6").read_text(encoding="ascii").split("\n")
    except OSError:
        v6 = []
    return frozenset(
        [
            *(ipaddress.IPv4Address(text) for text in v4),
            *(ipaddress.IPv6Address(int(line[:32], 16)) for line in v6 if line),
        ]
    )
