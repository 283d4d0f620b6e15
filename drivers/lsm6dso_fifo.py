"""The LSM6DSO's FIFO words: tags, parity, slot numbers, losses.

Sources: STMicroelectronics FIFO_Utility_Tool (tag layout, parity), lsm6dso-pid (tag values),
Linux st_lsm6dsx (values from 0x7FFD on in X mark start-up garbage).

All words of one sampling instant (a slot) share a two-bit counter, so a jump of the counter is
a loss of 1 to 3 slots, and a loss of 4 is invisible to it. Every eighth slot carries the chip's
timestamp, which counts exactly 384 to a slot since both come from one oscillator: it tells any
loss exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.chip import Drain, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

WORD = 7
_GYRO, _ACCEL, _TEMPERATURE, _STAMP, _CHANGE = 0x01, 0x02, 0x03, 0x04, 0x05
_KNOWN = np.zeros(32, dtype=bool)
_KNOWN[[_GYRO, _ACCEL, _TEMPERATURE, _STAMP, _CHANGE]] = True
_EVEN = np.array([byte.bit_count() % 2 == 0 for byte in range(256)])
_VALID_TAG = np.array([bool(_EVEN[b] and _KNOWN[b >> 3]) for b in range(256)])
_EMPTY_TAG = np.array([b >> 3 == 0 for b in range(256)])

_INVALID_FROM = 0x7FFD
_SETTLING_SLOTS = 12
"""Slots not used after a start: start-up garbage and the gyroscope's turn-on."""
_STAMP_PER_SLOT = 384
_STAMP_TOLERANCE = 0.5
_MOST_CONTRADICTIONS = 2
"""One wrong timestamp is a flipped bit; three in a row mean that slots were lost uncounted."""
_STAMP_MASK = 0xFFFFFFFF
_MOST_SLOTS_WITHOUT_STAMP = 40
_NO_WORDS = np.empty((0, WORD), dtype=np.uint8)


class WordDecoder:
    """Decodes one started chip's stream; words of an unfinished slot wait for the next call.

    Parameters
    ----------
    g_per_count, dps_per_count : float
        Sensitivities [g, deg/s per count].
    """

    counts_losses = True

    def __init__(self, g_per_count: float, dps_per_count: float) -> None:
        self._scale = np.array([g_per_count] * 3 + [dps_per_count] * 3)
        self._held = _NO_WORDS
        self._held_slot = 0
        self._slot = 0
        self._count: int | None = None
        self._stamp: tuple[int, int] | None = None
        self._contradictions = 0
        self._resync = False
        self._waiting: list[Drain] = []
        self.bad_words = 0

    def feed(self, drains: Sequence[Drain]) -> Samples:
        """Decode drains in the order they were made."""
        parts: list[Samples] = []
        run: list[Drain] = []
        for drain in drains:
            if drain.lost:
                if run:
                    parts.append(self._feed_run(run))
                run = []
                self._begin_resync()
            run.append(drain)
        parts.append(self._feed_run(run))
        return parts[0] if len(parts) == 1 else _join(parts)

    def _begin_resync(self) -> None:
        """Slots of unknown number are missing before the next word."""
        if self._stamp is not None:
            self._resync = True
        self._held = _NO_WORDS
        self._waiting = []

    def _feed_run(self, drains: list[Drain]) -> Samples:
        drains = self._waiting + drains
        self._waiting = []
        words = np.frombuffer(b"".join([d.data for d in drains]), dtype=np.uint8).reshape(-1, WORD)
        tags = words[:, 0]
        good = _VALID_TAG[tags]
        ends = np.cumsum([len(d.data) // WORD for d in drains])
        complaint = None
        if not good.all():
            complaint = self._judge(tags, good)
            kept = np.concatenate(([0], np.cumsum(good)))
            ends = kept[ends]
            words = words[good]
        if self._resync and not self._place(words):
            self._waiting = drains
            return _nothing(None if len(words) < 3 * _MOST_SLOTS_WITHOUT_STAMP else "no timestamps")
        return self._decode(words, ends, drains, complaint)

    def _judge(self, tags: NDArray[np.uint8], good: NDArray[np.bool_]) -> str | None:
        """Complain when a good part of what came is not FIFO words; a flipped bit is no matter."""
        bad = int(np.count_nonzero(~good & ~_EMPTY_TAG[tags]))
        self.bad_words += bad
        if bad > 4 and bad * 4 > len(tags):
            return f"{bad} of {len(tags)} FIFO words have impossible tags"
        return None

    def _place(self, words: NDArray[np.uint8]) -> bool:
        """After a loss: number the slots from the first timestamp on; False: none there yet."""
        where = np.flatnonzero(words[:, 0] >> 3 == _STAMP)
        if not len(where) or self._stamp is None:
            return False
        position = int(where[0])
        slot, stamp = self._stamp
        now = int(words[position, 1:5].copy().view("<u4")[0])
        true = slot + round((now - stamp & _STAMP_MASK) / _STAMP_PER_SLOT)
        counts = (words[: position + 1, 0] >> 1) & 3
        into = int((counts[1:] - counts[:-1] & 3).sum())
        self._slot = true - into
        self._count = int(counts[0])
        self._resync = False
        return True

    def _decode(
        self,
        words: NDArray[np.uint8],
        ends: NDArray[np.int64],
        drains: list[Drain],
        complaint: str | None,
    ) -> Samples:
        if not len(words):
            return _nothing(complaint)
        counts = ((words[:, 0] >> 1) & 3).astype(np.int64)
        if self._count is None:
            self._count = int(counts[0])
        steps = (counts - np.concatenate(([self._count], counts[:-1]))) & 3
        slots = self._slot + np.cumsum(steps)
        self._slot, self._count = int(slots[-1]), int(counts[-1])
        starts = np.concatenate(([0], ends[:-1]))
        filled = [i for i in range(len(drains)) if ends[i] > starts[i]]
        newest = [int(slots[ends[i] - 1]) for i in filled]
        held = len(self._held)
        if held:
            words = np.concatenate((self._held, words))
            slots = np.concatenate((np.full(held, self._held_slot), slots))
        complete = int(np.searchsorted(slots, slots[-1]))
        self._held, self._held_slot = words[complete:], int(slots[-1])
        index, values = self._values(words[:complete], slots[:complete])
        if self._contradictions > _MOST_CONTRADICTIONS:
            complaint = "its timestamps and its samples do not agree"
        return Samples(
            index,
            values,
            newest,
            [drains[i].before_ns for i in filled],
            [drains[i].after_ns for i in filled],
            complaint,
        )

    def _values(
        self, words: NDArray[np.uint8], slots: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Pair the accelerations and rotations of complete slots."""
        kinds: NDArray[np.uint8] = words[:, 0] >> np.uint8(3)
        self._keep_stamp(words, slots, kinds)
        accel, gyro = np.flatnonzero(kinds == _ACCEL), np.flatnonzero(kinds == _GYRO)
        index, rotation = slots[accel], slots[gyro]
        if len(index) != len(rotation) or not np.array_equal(index, rotation):
            index, first, second = np.intersect1d(index, rotation, return_indices=True)
            accel, gyro = accel[first], gyro[second]
        rows = np.concatenate((words[accel, 1:], words[gyro, 1:]), axis=1)
        counts = rows.view("<i2")
        if len(index) and index[0] < _SETTLING_SLOTS:
            usable = (index >= _SETTLING_SLOTS) & (counts[:, 0] < _INVALID_FROM)
            index, counts = index[usable], counts[usable]
        return index, counts * self._scale

    def _keep_stamp(
        self, words: NDArray[np.uint8], slots: NDArray[np.int64], kinds: NDArray[np.uint8]
    ) -> None:
        """Keep the newest timestamp, and count those that contradict the slot numbers."""
        where = np.flatnonzero(kinds == _STAMP)
        if not len(where):
            return
        stamps = np.ascontiguousarray(words[where, 1:5]).view("<u4")[:, 0].astype(np.int64)
        numbers = slots[where]
        if self._stamp is not None:
            slot, stamp = self._stamp
            behind = (stamps - stamp & _STAMP_MASK) / _STAMP_PER_SLOT - (numbers - slot)
            wrong = np.abs(behind) > _STAMP_TOLERANCE
            if wrong.any():
                self._contradictions += int(np.count_nonzero(wrong))
                if wrong[-1]:
                    return
            self._contradictions *= int(wrong[-1])
        self._stamp = int(numbers[-1]), int(stamps[-1])


def _nothing(complaint: str | None) -> Samples:
    return Samples(np.empty(0, np.int64), np.empty((0, 6)), [], [], [], complaint)


def _join(parts: list[Samples]) -> Samples:
    return Samples(
        np.concatenate([p.index for p in parts]),
        np.concatenate([p.values for p in parts]),
        [n for p in parts for n in p.newest],
        [n for p in parts for n in p.before_ns],
        [n for p in parts for n in p.after_ns],
        next((p.complaint for p in parts if p.complaint), None),
    )
