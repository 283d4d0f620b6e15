"""Score recordings: EDF in, movements and indices out, as the recorder would have found them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.edf.read import open_recording, stream
from appliance.nightjson import night_to_json
from appliance.sit.annotations import RecordedSit, read_sit
from detect.detector import DETECTOR_VERSION, Detector
from detect.night import NightInput
from detect.posture import NOT_SEEN, PostureWatch, Upright
from detect.rules import SIT, WASM2016, RuleSet
from detect.score import score_night
from detect.sit import SitInput
from detect.sitscore import score_sit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.edf.read import Recording
    from detect.movement import Epoch, Gap, Movement
    from detect.nightscore import NightScore
    from detect.sit import SitScore


@dataclass(frozen=True, slots=True)
class Found:
    """What a detector found in a whole recording, movements by onset."""

    movements: tuple[Movement, ...]
    epochs: tuple[Epoch, ...]
    gaps: tuple[Gap, ...]


def by_onset(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Order movements by onset; those of one tick stay as they were confirmed."""
    return tuple(sorted(movements, key=lambda movement: movement.onset_tick))


def detect_all(detector: Detector, blocks: Iterable[tuple[int, NDArray[np.int16]]]) -> Found:
    """Feed a whole recording to a fresh detector."""
    movements: list[Movement] = []
    for first_tick, samples in blocks:
        movements += detector.feed(first_tick, samples)
    movements += detector.finish()
    return Found(by_onset(movements), tuple(detector.take_epochs()), tuple(detector.take_gaps()))


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored recording."""

    source: str
    start: datetime | None
    found: Found
    score: NightScore | SitScore

    def to_json(self) -> dict[str, Any]:
        """Return the object of `plms score --json`."""
        start = None if self.start is None else self.start.isoformat()
        night = night_to_json(self.source, start, self.found.movements, self.score)
        return night | {"detector": DETECTOR_VERSION}


def own_rules(recording: Recording) -> RuleSet:
    """Return the rules that a recording is scored by where none are named: by its kind."""
    return WASM2016 if read_sit(recording.annotations) is None else SIT


def score_recording(path: Path, rules: RuleSet | None = None) -> Scored:
    """Detect and score one EDF recording; by its own kind's rules, where none are named.

    Parameters
    ----------
    path : Path
        EDF or EDF+ with our labels.
    rules : RuleSet, optional
        Times in seconds.

    Raises
    ------
    appliance.edf.header.EdfError
        Naming the file and what is wrong with it.
    """
    recording = open_recording(path)
    recorded = read_sit(recording.annotations)
    rules = rules or own_rules(recording)
    if rules.name == SIT.name:
        return _score_sit(path, recording, recorded or RecordedSit(None, ()), rules)
    found = detect_all(Detector(recording.gains, recording.offsets), stream(recording))
    lights_off_tick, lights_on_tick = recording.lights()
    night = NightInput(
        duration_ticks=recording.duration_ticks,
        movements=found.movements,
        epochs=found.epochs,
        gaps=found.gaps,
        lights_off_tick=lights_off_tick,
        lights_on_tick=lights_on_tick,
    )
    return Scored(str(path), recording.header.start, found, score_night(night, rules))


def _score_sit(path: Path, recording: Recording, recorded: RecordedSit, rules: RuleSet) -> Scored:
    """Score a recording as an evening test that began with its first sample."""
    upright = NOT_SEEN if recorded.upright is None else Upright(*recorded.upright)
    watch = PostureWatch(list(recording.gains), list(recording.offsets), upright)

    def watched() -> Iterator[tuple[int, NDArray[np.int16]]]:
        for first_tick, samples in stream(recording):
            watch.feed(first_tick, samples)
            yield first_tick, samples

    found = detect_all(Detector(recording.gains, recording.offsets), watched())
    test = SitInput(
        duration_ticks=recording.duration_ticks,
        movements=found.movements,
        epochs=found.epochs,
        gaps=found.gaps,
        aways=watch.finish(),
        answers=recorded.answers,
    )
    return Scored(str(path), recording.header.start, found, score_sit(test, rules))
