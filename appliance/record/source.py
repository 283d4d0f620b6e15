"""Where the recorder's samples come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.block import Block
    from drivers.settings import DeviceFault


class Source(Protocol):
    """Where Blocks come from: `drivers.acquisition.Acquisition`, or a test's."""

    @property
    def states(self) -> Mapping[str, str]:
        """Device -> ok, starting, none, or the code of its fault."""
        ...

    def take_blocks(self) -> Sequence[Block]:
        """Return what was sampled since the last call, in order."""
        ...

    def take_faults(self) -> Sequence[DeviceFault]:
        """Return what went wrong, or right again, since the last call."""
        ...
