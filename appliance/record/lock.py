"""One recorder a state directory."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOCK_NAME = "record.lock"


class LockedError(Exception):
    """Another recorder has the directory; the text names it."""


class StateLock:
    """Holds a state directory until closed or the process ends, however it ends.

    Raises
    ------
    LockedError
        Naming the process that holds it.
    """

    def __init__(self, state_dir: Path) -> None:
        state_dir.mkdir(parents=True, exist_ok=True)
        path = state_dir / LOCK_NAME
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(self._file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise LockedError(
                f"{state_dir}: another recorder is running there (process {owner})"
            ) from None
        with suppress(OSError):  # a full disk: only our number stays unknown
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Let go."""
        os.close(self._file)
