"""Log-odds and decibels, and the few functions that add them up, the same on every machine.

Standard library only.
"""

from __future__ import annotations

from math import exp, frexp

DB_PER_DOUBLING = 6.020599913279624
LN2 = 0.6931471805599453


def clip(x: float, low: float, high: float) -> float:
    """Return x kept within low and high."""
    return min(high, max(low, x))


def log2(x: float) -> float:
    """Return log2 of x > 0 to 0.09, piecewise linear."""
    mantissa, exponent = frexp(max(x, 1e-9))
    return exponent + 2.0 * mantissa - 2.0


def decibels(size: float, other: float) -> float:
    """Return one size over another, both above 0 [dB]."""
    return DB_PER_DOUBLING * (log2(size) - log2(other))


def mg_db(size_mg: float) -> float:
    """Return an acceleration, 0.01 mg at least [dB of mg]."""
    return decibels(max(size_mg, 0.01), 1.0)


def ratio_db(ankle_mg: float, strip_mv: float) -> float:
    """Return ankle acceleration over strip voltage [dB of mg/mV]."""
    return decibels(max(ankle_mg, 0.1), max(strip_mv, 1e-6))


def probability(odds: float) -> float:
    """Return the probability of log-odds, rounded so that every machine prints the same."""
    return round(1.0 / (1.0 + exp(-clip(odds, -9.0, 9.0))), 3)
