"""Server-side sessions: rotated, listed, revocable. The cookie holds a random token only."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sqlite3

    from appliance.web.access import Role

ROTATE_S = 24 * 3600.0
GRACE_S = 60.0
"""After a rotation the old token still serves requests that were under way."""
TOUCH_S = 300.0
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0 o 1 l i: a share code is read aloud and typed on a phone."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser or program that is logged in."""

    id: int
    kind: Literal["browser", "program"]
    role: Role
    label: str
    created_utc: float
    used_utc: float
    rotated_utc: float
    expires_utc: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """A read-only view given to somebody."""

    id: int
    name: str
    created_utc: float


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _session(row: sqlite3.Row) -> Session:
    return Session(
        row["id"],
        row["kind"],
        row["role"],
        row["label"],
        row["created_utc"],
        row["used_utc"],
        row["rotated_utc"],
        row["expires_utc"],
    )


def begin(
    db: sqlite3.Connection,
    *,
    role: Role,
    label: str,
    mark: bytes,
    now_utc: float,
    days: int | None,
    share_id: int | None = None,
) -> str:
    """Begin a session and return its token.

    Parameters
    ----------
    days : int or None
        How long it lasts; None makes a program's token that lasts until revoked.
    """
    token = secrets.token_urlsafe(32)
    db.execute(
        "INSERT INTO sessions (kind, role, label, token_hash, password_mark, share_id,"
        " created_utc, used_utc, rotated_utc, expires_utc) VALUES (?,?,?,?,?,?,?,?,?,?)",
        (
            "program" if days is None else "browser",
            role,
            label[:60],
            _hash(token),
            mark,
            share_id,
            now_utc,
            now_utc,
            now_utc,
            None if days is None else now_utc + days * 86400.0,
        ),
    )
    return token


def find(
    db: sqlite3.Connection, token: str, kind: str, *, mark: bytes, now_utc: float
) -> Session | None:
    """Return the living session of a token, or None."""
    digest = _hash(token)
    row = db.execute(
        "SELECT * FROM sessions WHERE kind = ? AND password_mark = ? AND"
        " (token_hash = ? OR (previous_hash = ? AND rotated_utc > ?))"
        " AND (expires_utc IS NULL OR expires_utc > ?)",
        (kind, mark, digest, digest, now_utc - GRACE_S, now_utc),
    ).fetchone()
    if row is None:
        return None
    if now_utc - row["used_utc"] > TOUCH_S:
        db.execute("UPDATE sessions SET used_utc = ? WHERE id = ?", (now_utc, row["id"]))
    return _session(row)


def rotate(db: sqlite3.Connection, session: Session, *, token: str, now_utc: float) -> str | None:
    """Give an old browser session a new token; None where it is not due (or was just done)."""
    if session.kind != "browser" or now_utc - session.rotated_utc < ROTATE_S:
        return None
    fresh = secrets.token_urlsafe(32)
    done = db.execute(
        "UPDATE sessions SET token_hash = ?, previous_hash = token_hash, rotated_utc = ?"
        " WHERE id = ? AND token_hash = ?",
        (_hash(fresh), now_utc, session.id, _hash(token)),
    )
    return fresh if done.rowcount == 1 else None


def living(db: sqlite3.Connection, *, mark: bytes, now_utc: float) -> list[Session]:
    """Return all living sessions, the latest used first, and drop the dead ones."""
    db.execute("DELETE FROM sessions WHERE password_mark <> ? OR expires_utc <= ?", (mark, now_utc))
    rows = db.execute("SELECT * FROM sessions ORDER BY used_utc DESC").fetchall()
    return [_session(row) for row in rows]


def revoke(db: sqlite3.Connection, session_id: int) -> bool:
    """End one session; False where there was none."""
    return db.execute("DELETE FROM sessions WHERE id = ?", (session_id,)).rowcount == 1


def revoke_others(db: sqlite3.Connection, keep_id: int | None) -> None:
    """End every session but one."""
    db.execute("DELETE FROM sessions WHERE id IS NOT ?", (keep_id,))


def new_share(db: sqlite3.Connection, name: str, now_utc: float) -> str:
    """Make a read-only share and return its code, which is shown once."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    db.execute(
        "INSERT INTO shares (name, code_hash, created_utc) VALUES (?, ?, ?)",
        (name[:60], _hash(code), now_utc),
    )
    return f"{code[:5]}-{code[5:]}"


def find_share(db: sqlite3.Connection, code: str) -> Share | None:
    """Return the share of a typed code; spaces, dashes and capitals do not matter."""
    plain = re.sub(r"[\s-]", "", code).lower()
    row = db.execute("SELECT * FROM shares WHERE code_hash = ?", (_hash(plain),)).fetchone()
    return None if row is None else Share(row["id"], row["name"], row["created_utc"])


def list_shares(db: sqlite3.Connection) -> list[Share]:
    """Return all shares."""
    rows = db.execute("SELECT * FROM shares ORDER BY id").fetchall()
    return [Share(row["id"], row["name"], row["created_utc"]) for row in rows]


def end_share(db: sqlite3.Connection, share_id: int) -> bool:
    """End a share and every session that came through it."""
    return db.execute("DELETE FROM shares WHERE id = ?", (share_id,)).rowcount == 1


def describe_browser(user_agent: str) -> str:
    """Name a browser shortly, so that a person recognises it in the list.

    Examples
    --------
    >>> describe_browser("Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/120 Mobile")
    'Chrome on Android'
    """
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
    browsers = (("Firefox", "Firefox"), ("Edg", "Edge"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    system = next((name for name in systems if name in user_agent), None)
    browser = next((name for sign, name in browsers if sign in user_agent), "A browser")
    return browser if system is None else f"{browser} on {system}"
