"""Samples in, Movements out: the compiled loop and the combining rules behind one class."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from detect import kernel
from detect.assembly import Assembly
from detect.bouts import bed_bout, leg_bout, raw_epoch
from detect.calibration import BedCalibration
from detect.movement import Gap
from detect.parameters import (
    ACCEL_BAND_PASS,
    GYRO_LOW_PASS,
    PARAMETERS,
    STRIP_HIGH_PASS,
    STRIP_LOW_PASS,
    VERSION,
    Parameters,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from detect.bedhistory import BedHistory
    from detect.movement import Epoch, Movement

DETECTOR_VERSION = VERSION
"""Stored with every night: which rules and values scored it."""

DEVICES: tuple[Literal["left", "right", "strip"], ...] = ("left", "right", "strip")
CHANNELS = 13
FILL_ROWS = 6000
EVENTS = 2 * kernel.ROOM * kernel.RUN
"""Room for all that a stretch of ticks may bring forth (with less none is taken in at once), and
as much again, so that the loop does not stop for each event."""
EVENT_NAMES = kernel.EVENT.names or ()
EVENT_HEAD = ("code", "device", "onset", "decided")
"""Fields of every event; most events have no others."""
RING_LEAST_TICKS = 20
"""A leg's own end is not known more exactly than this, however dead the mattress."""
SHORTEST_GAP_TICKS = 6
"""Gaps up to 50 ms are bridged and not reported."""


@dataclass(frozen=True, slots=True)
class LiveState:
    """What can be said this moment, before anything is decided."""

    in_bed: bool | None
    moving_left: bool
    moving_right: bool
    moving_bed: bool
    walking: bool


def loop_config(
    gains: NDArray[np.float64], offsets: NDArray[np.float64], parameters: Parameters
) -> NDArray[np.void]:
    """Return the record that the compiled loop reads: CONFIG[1].

    Raises
    ------
    ValueError
        Gains or offsets are not 13 finite numbers, or a gain is 0.
    """
    gains = np.asarray(gains, np.float64)
    offsets = np.asarray(offsets, np.float64)
    if gains.shape != (CHANNELS,) or offsets.shape != (CHANNELS,):
        raise ValueError(f"gains and offsets must have {CHANNELS} numbers each")
    if not (np.isfinite(gains).all() and np.isfinite(offsets).all() and (gains != 0.0).all()):
        raise ValueError("gains and offsets must be finite, and no gain 0")
    config = np.zeros(1, kernel.CONFIG)
    for name in kernel.PARAMETER_FIELDS:
        config[name] = getattr(parameters, name)
    config["gyro_lp"] = GYRO_LOW_PASS
    config["accel_bp"] = ACCEL_BAND_PASS
    config["strip_lp"] = STRIP_LOW_PASS
    config["strip_hp"] = STRIP_HIGH_PASS
    config["gain"] = gains
    config["offset"] = offsets
    return config


def in_this_bed(parameters: Parameters, calibration: BedCalibration | None) -> Parameters:
    """Return the thresholds with this bed's own time of ringing, where it was learned."""
    if calibration is None or calibration.ring_down_s is None:
        return parameters
    ticks = round(100.0 * calibration.ring_down_s)
    return replace(
        parameters, ring_ticks=min(max(ticks, RING_LEAST_TICKS), parameters.ring_most_ticks)
    )


class Detector:
    """Find every leg movement of a night and decide whose it is.

    Parameters
    ----------
    gains, offsets : float64[13]
        Physical value = count * gain + offset, in g, deg/s and mV, columns as in a Block.
    calibration : BedCalibration, optional
        What `plms calibrate` learned of this bed.
    parameters : Parameters
        Thresholds.
    """

    def __init__(
        self,
        gains: Sequence[float] | NDArray[np.float64],
        offsets: Sequence[float] | NDArray[np.float64],
        calibration: BedCalibration | None = None,
        parameters: Parameters = PARAMETERS,
    ) -> None:
        parameters = in_this_bed(parameters, calibration)
        self._config = loop_config(
            np.asarray(gains, np.float64), np.asarray(offsets, np.float64), parameters
        )
        self._calibration = calibration
        self._state = kernel.fresh_state(self._config)
        self._events = np.zeros(EVENTS, kernel.EVENT)
        self._assembly = Assembly(parameters, calibration)
        self._gaps: list[Gap] = []
        self._compiled = hasattr(kernel.run, "py_func")

    @property
    def tick(self) -> int:
        """The next tick expected."""
        return int(self._state["tick"][0])

    @property
    def history(self) -> BedHistory:
        """What this bed has shown tonight: ratios and delays of clear movements."""
        return self._assembly.history

    @property
    def drift_db(self) -> float | None:
        """How far tonight's ankle-to-strip ratio is from the calibrated one [dB]; None: unknown.

        More than `parameters.DRIFT_DB` says that strip or mattress changed since `plms calibrate`.
        """
        return self._assembly.history.drift_db(self._calibration)

    @property
    def live(self) -> LiveState:
        """What can be said this moment."""
        s = self._state[0]
        moving = s["state"] == kernel.MOVING
        known = bool((s["valid"][:2] > 0).any())
        return LiveState(
            in_bed=(not bool(s["out"])) if known else None,
            moving_left=bool(moving[0]),
            moving_right=bool(moving[1]),
            moving_bed=bool(s["b_open"]),
            walking=bool(s["walking"]),
        )

    def feed(self, first_tick: int, samples: NDArray[np.int16]) -> list[Movement]:
        """Take in a Block; return the movements decided by its end.

        Ticks between the last Block and this one were never measured: they are missing.

        Parameters
        ----------
        first_tick : int
            Tick of the first row.
        samples : int16[n, 13]
            One row a tick; -32768 is a missing sample.

        Raises
        ------
        ValueError
            The Block begins before the end of the last one, or has another shape.
        """
        samples = np.ascontiguousarray(samples, np.int16)
        if samples.ndim != 2 or samples.shape[1] != CHANNELS:
            raise ValueError(f"samples must be int16[n, {CHANNELS}], not {samples.shape}")
        if first_tick < self.tick:
            raise ValueError(f"block begins at tick {first_tick}, already fed up to {self.tick}")
        if first_tick > self.tick:
            nothing = np.full((FILL_ROWS, CHANNELS), kernel.MISSING, np.int16)
            while self.tick < first_tick:
                self._run(nothing[: first_tick - self.tick])
        self._run(samples)
        return self._take_movements()

    def finish(self) -> list[Movement]:
        """Close what is open at the night's end; return the movements left."""
        state, config, events = self._arguments()
        count = kernel.finish(state, config, events)
        self._assembly.advance(self.tick - 1)
        self._dispatch(count)
        self._assembly.finish()
        return self._take_movements()

    def take_epochs(self) -> list[Epoch]:
        """Return the epochs completed since the last call."""
        epochs, self._assembly.epochs = self._assembly.epochs, []
        return epochs

    def take_gaps(self) -> list[Gap]:
        """Return the gaps ended since the last call."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def open_gaps(self) -> list[Gap]:
        """Return the gaps that go on, up to the next tick expected."""
        starts = zip(DEVICES, self._state["gap_start"][0].tolist(), strict=True)
        return [Gap(device, start, self.tick) for device, start in starts if start >= 0]

    def snapshot(self) -> bytes:
        """Return everything needed to go on from here after a crash."""
        memory = self._assembly.dump()
        memory["version"] = DETECTOR_VERSION
        memory["calibration"] = None if self._calibration is None else asdict(self._calibration)
        text = json.dumps(memory, separators=(",", ":")).encode()
        return len(text).to_bytes(4, "little") + text + self._state.tobytes()

    @classmethod
    def restore(
        cls,
        snapshot: bytes,
        gains: Sequence[float] | NDArray[np.float64],
        offsets: Sequence[float] | NDArray[np.float64],
        parameters: Parameters = PARAMETERS,
    ) -> Detector:
        """Return a Detector that goes on where `snapshot` was taken, with its calibration.

        A calibration made since then counts from the next night on: one night has one.

        Raises
        ------
        ValueError
            The snapshot is damaged or of another version of the detector.
        """
        size = int.from_bytes(snapshot[:4], "little")
        state = snapshot[4 + size :]
        if len(state) != kernel.STATE.itemsize:
            raise ValueError("the detector's snapshot is damaged or of another version")
        memory = json.loads(snapshot[4 : 4 + size])
        if memory["version"] != DETECTOR_VERSION:
            raise ValueError(f"the detector's snapshot is of version {memory['version']}")
        learnt = memory["calibration"]
        calibration = None if learnt is None else BedCalibration(**learnt)
        detector = cls(gains, offsets, calibration, parameters)
        detector._assembly.load(memory)
        detector._state[:] = np.frombuffer(state, kernel.STATE)
        return detector

    def _arguments(self) -> tuple[NDArray[np.void], NDArray[np.void], NDArray[np.void]]:
        """Return state, config and events as the loop wants them, compiled or not."""
        arrays = (self._state, self._config, self._events)
        if self._compiled:
            return arrays
        state, config, events = (a.view(np.recarray) for a in arrays)
        return state, config, events

    def _run(self, samples: NDArray[np.int16]) -> None:
        state, config, events = self._arguments()
        taken = 0
        while taken < len(samples):
            rows = samples[taken:]
            used, count = kernel.run(state, config, rows, len(rows), events)
            self._dispatch(count)
            taken += used
        self._assembly.advance(self.tick - 1)

    def _dispatch(self, count: int) -> None:
        """Hand the loop's events to the combining rules, in their order."""
        if count == 0:
            return
        columns = {name: self._events[name][:count].tolist() for name in EVENT_NAMES}
        heads = zip(*(columns[name] for name in EVENT_HEAD), strict=True)
        rows = zip(*columns.values(), strict=True)
        for (code, device, onset, decided), row in zip(heads, rows, strict=True):
            self._assembly.advance(decided - 1)
            if code == kernel.PENDING:
                self._assembly.set_pending(device, onset)
                continue
            e = dict(zip(EVENT_NAMES, row, strict=True))
            if code == kernel.LEG:
                self._assembly.add_leg(leg_bout(e))
            elif code == kernel.BED:
                self._assembly.add_bed(bed_bout(e))
            elif code == kernel.OUT:
                self._assembly.set_out(e["onset"], e["end"], is_out=bool(e["out"]))
            elif code == kernel.EPOCH_END:
                self._assembly.add_epoch(raw_epoch(e))
            elif e["end"] - e["onset"] >= SHORTEST_GAP_TICKS:
                self._gaps.append(Gap(DEVICES[e["device"]], e["onset"], e["end"]))

    def _take_movements(self) -> list[Movement]:
        movements, self._assembly.movements = self._assembly.movements, []
        return movements
