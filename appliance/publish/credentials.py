"""The broker's password: never in the configuration, never readable by others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

CREDENTIAL = "mqtt_password"
"""Name of the systemd credential, and of the file in the state directory."""


class CredentialError(Exception):
    """A password file that must not or cannot be used; the text names it and says what to do."""


def read_private_file(path: Path) -> str:
    """Read the first line of a file that only its owner may read.

    Raises
    ------
    CredentialError
        When it is missing, unreadable, or open to others.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CredentialError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CredentialError(f"{path}: not UTF-8 text") from error
    if stat.S_IMODE(mode) & 0o077:
        raise CredentialError(f"{path}: others may read it; run: chmod 600 {path}")
    return text.split("\n", 1)[0].rstrip("\r")


def find_password(password_file: str, state_dir: Path) -> str:
    """Return the broker's password; empty when none was given.

    Looked for in this order: the file named in the configuration, the systemd credential, the
    file that the settings page writes.

    Parameters
    ----------
    password_file : str
        `mqtt.password_file`; empty: look elsewhere.
    state_dir : Path
        Folder of all that the device keeps.

    Raises
    ------
    CredentialError
        When the named file cannot or must not be used.
    """
    if password_file:
        return read_private_file(Path(password_file))
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "")
    if credentials and (Path(credentials) / CREDENTIAL).is_file():
        # systemd made this folder for us alone; its files are 0400 or, with an ACL, 0440.
        return (Path(credentials) / CREDENTIAL).read_text(encoding="utf-8").split("\n", 1)[0]
    own = state_dir / CREDENTIAL
    return read_private_file(own) if own.exists() else ""


def password_mark(password_file: str, state_dir: Path) -> tuple[int, ...]:
    """Return what changes when a password file is written, replaced, removed or made private."""
    marks: list[int] = []
    for path in (Path(password_file), state_dir / CREDENTIAL):
        try:
            found = path.stat()
        except OSError:
            continue
        marks += [found.st_ino, found.st_mtime_ns, found.st_mode]
    return tuple(marks)


def write_password(state_dir: Path, password: str) -> None:
    """Keep a password that was given on the settings page; an empty one is forgotten."""
    path = state_dir / CREDENTIAL
    if not password:
        path.unlink(missing_ok=True)
        return
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
