"""Log to standard error; in the journal with its priorities (sd-daemon(3)), else as plain words."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""syslog(3): crit, err, warning, info; below, 7: debug."""


class JournalFormatter(logging.Formatter):
    """`<4>name: words`, each line with its priority, so that a traceback stays one severity."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as the journal reads it."""
        priority = next((p for level, p in PRIORITIES if record.levelno >= level), 7)
        lines = super().format(record).splitlines() or [""]
        return "\n".join(f"<{priority}>{line}" for line in lines)


def is_journal(environment: Mapping[str, str], stream: TextIO) -> bool:
    """Return whether a stream leads to the journal (JOURNAL_STREAM, systemd.exec(5))."""
    device, _, inode = environment.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(stream.fileno())
    except OSError:
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


def configure_logging(*, verbose: bool = False) -> None:
    """Send all logging to standard error; call once, at a command's start."""
    handler = logging.StreamHandler(sys.stderr)
    if is_journal(os.environ, sys.stderr):
        handler.setFormatter(JournalFormatter("%(name)s: %(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler])
