"""Every write carries a token of the visitor's own and comes from our own page.

The token is `nonce.signature`, fresh on every page, so that compressed pages leak nothing.
"""

from __future__ import annotations

import hmac
import secrets
from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def make_token(key: bytes, bound_to: str) -> str:
    """Return a token for the visitor `bound_to` (a session's or an anonymous cookie's value)."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{_sign(key, nonce, bound_to)}"


def is_good(key: bytes, bound_to: str, token: str) -> bool:
    """Check a token."""
    nonce, _, signature = token.partition(".")
    expected = _sign(key, nonce, bound_to)
    return hmac.compare_digest(expected.encode(), signature.encode())


def _sign(key: bytes, nonce: str, bound_to: str) -> str:
    return hmac.new(key, f"{nonce}|{bound_to}".encode(), "sha256").hexdigest()[:32]


def is_same_origin(host_header: str, origin: str | None, referer: str | None) -> bool:
    """Tell whether a write comes from our own page.

    Parameters
    ----------
    host_header : str
        Already found to be one of our names.
    origin, referer : str or None
        The headers; every browser sends Origin with a write, so one of them must be there.
    """
    source = origin if origin is not None else referer
    if source is None:
        return False
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host_header.lower()
