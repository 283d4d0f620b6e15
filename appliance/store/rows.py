"""Numbers of appended rows: a night's movements, or epochs, are a range of one growing number.

Adding a row then writes the table's last page and no other, which is what an SD card wears by.
"""

from __future__ import annotations

NIGHT_SHIFT = 24
"""A night has up to 2^24 movements, or epochs."""


def row_number(night_id: int, place: int) -> int:
    """Return the number of a night's `place`-th row (its `seq`, or its epoch)."""
    return night_id << NIGHT_SHIFT | place


def rows_of_night(night_id: str) -> str:
    """Return the same range as SQL, of the night whose id an expression gives."""
    first = f"{night_id} << {NIGHT_SHIFT}"
    return f"id BETWEEN {first} AND ({first}) + {(1 << NIGHT_SHIFT) - 1}"


def night_rows(night_id: int) -> tuple[int, int]:
    """Return the first and the last number that rows of a night can have."""
    return row_number(night_id, 0), row_number(night_id, (1 << NIGHT_SHIFT) - 1)
