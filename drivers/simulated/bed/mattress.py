"""How a bed and a strap pass motion on: impulse responses, applied by Fourier transform.

Modelling, all of it: a damped oscillator of the bed's own frequency, driven by the force of each
mover; it answers in the strip, and as acceleration and small passive rotation at the ankles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.bed.scenarios import Mattress

    Floats = NDArray[np.float64]

RATE_HZ = 200
"""Rate of the grid on which the world is rendered."""
KERNEL = 1000
"""Length of every impulse response, in grid steps (5 s)."""
PASSIVE_HZ = 2.5
"""Corner of the passive rotation of a leg that lies on a moving mattress."""


class Bedframe:
    """The mattress's impulse responses, ready for convolution over windows of `n` steps."""

    def __init__(self, mattress: Mattress, highpass_hz: float, n: int) -> None:
        self.mattress = mattress
        self._fft_size = _next_smooth(n + KERNEL)
        t = np.arange(KERNEL) / RATE_HZ
        w = 2.0 * np.pi * mattress.ring_hz
        wd = w * np.sqrt(1.0 - mattress.ring_damping**2)
        ring = w * w / wd * np.exp(-mattress.ring_damping * w * t) * np.sin(wd * t) / RATE_HZ
        p = 2.0 * np.pi * PASSIVE_HZ
        tilt = p * p * t * np.exp(-p * t) / RATE_HZ
        tilt_rate = p * p * (1.0 - p * t) * np.exp(-p * t) / RATE_HZ
        corner = 2.0 * np.pi * highpass_hz
        piezo = -corner * np.exp(-corner * t) / RATE_HZ
        piezo[0] += 1.0
        self._ring = np.fft.rfft(ring, self._fft_size)
        self._strip = np.fft.rfft(np.convolve(ring, piezo)[:KERNEL], self._fft_size)
        self._tilt = np.fft.rfft(np.convolve(ring, tilt)[:KERNEL], self._fft_size)
        self._tilt_rate = np.fft.rfft(np.convolve(ring, tilt_rate)[:KERNEL], self._fft_size)

    def strip(self, force_mv: Floats) -> Floats:
        """Return what the strip and its high-pass make of a force, float64[n]."""
        return self._back(self._spectrum(force_mv) * self._strip)[: force_mv.size]

    def shake(self, force_g: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the acceleration, passive rotation and its rate (per s) at a leg, float64[n]."""
        spectrum = self._spectrum(force_g)
        n = force_g.size
        return (
            self._back(spectrum * self._ring)[:n],
            self._back(spectrum * self._tilt)[:n],
            self._back(spectrum * self._tilt_rate)[:n],
        )

    def _spectrum(self, force: Floats) -> NDArray[np.complex128]:
        return np.fft.rfft(force, self._fft_size)

    def _back(self, spectrum: NDArray[np.complex128]) -> Floats:
        return np.fft.irfft(spectrum, self._fft_size)


class Strap:
    """A loose strap: the sensor follows the leg as a damped oscillator does."""

    def __init__(self, frequency_hz: float, damping: float, n: int) -> None:
        self._fft_size = _next_smooth(n + KERNEL)
        t = np.arange(KERNEL) / RATE_HZ
        w = 2.0 * np.pi * frequency_hz
        wd = w * np.sqrt(1.0 - damping**2)
        answer = np.exp(-damping * w * t) * np.sin(wd * t)
        self._response = np.fft.rfft(answer / answer.sum(), self._fft_size)

    def follow(self, motion: Floats) -> Floats:
        """Return the sensor's motion for a leg's motion, float64[..., n]."""
        spectrum = np.fft.rfft(motion, self._fft_size)
        return np.fft.irfft(spectrum * self._response, self._fft_size)[..., : motion.shape[-1]]


def _next_smooth(n: int) -> int:
    """Return the next size made of factors 2, 3 and 5: fast to transform."""
    while True:
        rest = n
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return n
        n += 1
