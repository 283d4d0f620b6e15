"""The answer to a wish that cannot be granted."""

from __future__ import annotations


class RefusedError(Exception):
    """A wish that cannot be granted; the text says why, in a plain sentence."""
