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
LONGEST = 1600
"""Longest impulse response, in grid steps (8 s)."""
PASSIVE_HZ = 2.5
"""Corner of the passive rotation of a leg that lies on a moving mattress."""
FORGOTTEN = 9.2
"""A response is cut off after this many time constants (1e-4)."""
SIZES = (512, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 8192, 10240, 12288, 16384)
"""Lengths of the transforms; each is prepared once."""


class Response:
    """Impulse responses, ready for convolution with windows of any length."""

    def __init__(self, *kernels: Floats) -> None:
        self._kernels = kernels
        self.steps = max(kernel.size for kernel in kernels)
        self._prepared: dict[int, list[NDArray[np.complex128]]] = {}

    def apply(self, motion: Floats) -> list[Floats]:
        """Return the answer of each kernel to float64[..., n], zero before the window."""
        n = motion.shape[-1]
        size = next((s for s in SIZES if s >= n + self.steps), n + self.steps)
        if size not in self._prepared:
            self._prepared[size] = [np.fft.rfft(kernel, size) for kernel in self._kernels]
        spectrum = np.fft.rfft(motion, size)
        return [np.fft.irfft(spectrum * k, size)[..., :n] for k in self._prepared[size]]


class Bedframe:
    """The mattress and the strip on it."""

    def __init__(self, mattress: Mattress, highpass_hz: float) -> None:
        self.mattress = mattress
        w = 2.0 * np.pi * mattress.ring_hz
        decay = mattress.ring_damping * w
        corner = 2.0 * np.pi * highpass_hz
        passive = 2.0 * np.pi * PASSIVE_HZ
        t = _steps(min(decay, corner, passive))
        wd = w * np.sqrt(1.0 - mattress.ring_damping**2)
        ring = w * w / wd * np.exp(-decay * t) * np.sin(wd * t) / RATE_HZ
        tilt = passive**2 * t * np.exp(-passive * t) / RATE_HZ
        tilt_rate = passive**2 * (1.0 - passive * t) * np.exp(-passive * t) / RATE_HZ
        piezo = -corner * np.exp(-corner * t) / RATE_HZ
        piezo[0] += 1.0
        n = t.size
        self._strip = Response(np.convolve(ring, piezo)[:n])
        self._legs = Response(ring, np.convolve(ring, tilt)[:n], np.convolve(ring, tilt_rate)[:n])
        self.memory_s = n / RATE_HZ

    def strip(self, force_mv: Floats) -> Floats:
        """Return what the strip and its high-pass make of a force, float64[n]."""
        return self._strip.apply(force_mv)[0]

    def shake(self, force_g: Floats) -> list[Floats]:
        """Return the acceleration, passive rotation and its rate (per s) at a leg, float64[n]."""
        return self._legs.apply(force_g)


class Strap:
    """A loose strap: the sensor follows the leg as a damped oscillator does."""

    def __init__(self, frequency_hz: float, damping: float) -> None:
        w = 2.0 * np.pi * frequency_hz
        t = _steps(damping * w)
        answer = np.exp(-damping * w * t) * np.sin(w * np.sqrt(1.0 - damping**2) * t)
        self._response = Response(answer / answer.sum())
        self.memory_s = t.size / RATE_HZ

    def follow(self, motion: Floats) -> Floats:
        """Return the sensor's motion for a leg's motion, float64[..., n]."""
        return self._response.apply(motion)[0]


def _steps(slowest_per_s: float) -> Floats:
    """Return the grid times until everything is forgotten."""
    return np.arange(min(LONGEST, int(FORGOTTEN / slowest_per_s * RATE_HZ))) / RATE_HZ
