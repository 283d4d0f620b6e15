"""Who may see what."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Role = Literal["owner", "partner"]
Need = Literal["nobody", "partner", "owner"]
"""What a view asks for: nothing (log-in, health), a share, or the owner's password."""

F = TypeVar("F", bound="Callable[..., Any]")


class AccessRefusedError(Exception):
    """An unsafe wish for access."""


@dataclass(frozen=True, slots=True)
class Access:
    """How the door is kept."""

    open: bool = False
    """True: everybody is the owner. Only for the demonstration, only on the loopback."""

    @classmethod
    def guarded(cls) -> Access:
        """Ask for the password: the way of every real device."""
        return cls()

    @classmethod
    def demo(cls) -> Access:
        """Ask for nothing; `check_binding` then refuses any address but the loopback's."""
        return cls(open=True)

    def check_binding(self, host: str) -> None:
        """Refuse to open an unguarded page to the network.

        Raises
        ------
        AccessRefusedError
            When the door is open and `host` is not a loopback address.
        """
        if self.open and not is_loopback(host):
            raise AccessRefusedError(
                f"an open demonstration listens on 127.0.0.1 only, not on {host}"
            )


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen on can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def needs(need: Need) -> Callable[[F], F]:
    """Mark a view with the least it asks for; a view without a mark is the owner's."""

    def mark(view: F) -> F:
        view.plms_need = need  # type: ignore[attr-defined]
        return view

    return mark


def need_of(view: Callable[..., Any] | None) -> Need:
    """Return what a view asks for."""
    need: Need = getattr(view, "plms_need", "owner")
    return need
