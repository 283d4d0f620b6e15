"""The published steps of PLMScoRe 0.1.3 (Steph Fulda, MIT), restated one by one and slowly.

Written from the order and the comparisons of its functions (join one leg, drop short ones, mark
long ones, join the legs, respiratory, periodic with and without, stage and arousal), so that any
list can be asked, not only the cases that were run with it. Two steps differ on purpose, as in
docs/scoring.md: a movement of no duration is left out beforehand, and a night without any
qualifying interval gives no periodic movement where the original stops with an error.
"""

LOW, HIGH = -2.0, 10.25


class Lm:
    def __init__(self, onset, duration, leg):
        self.onset, self.duration, self.leg = onset, duration, leg
        self.offset = onset + duration
        self.n_mono = 0
        self.long = False


def join_one_leg(lms):
    lms = sorted(lms, key=lambda lm: lm.onset)
    at = 0
    while at < len(lms):
        this = lms[at]
        near = [
            other
            for other in lms
            if other.leg == this.leg
            and other.onset >= this.offset
            and other.onset < this.offset + 0.5
        ]
        if near:
            this.offset = max(one.offset for one in [*near, this])
            this.duration = this.offset - this.onset
            lms = [one for one in lms if one not in near]
        at += 1
    return lms


def join_legs(lms):
    lms = sorted(lms, key=lambda lm: lm.onset)
    at = 0
    while at < len(lms) - 1:
        this = lms[at]
        while True:
            near = [o for o in lms if o.onset >= this.onset and o.onset < this.offset + 0.5]
            near = [o for o in near if o is this or lms.index(o) > at]
            if len(near) <= 1:
                break
            this.leg = "B"
            this.offset = max(one.offset for one in near)
            this.n_mono += len(near) - 1
            this.long = any(one.long for one in near)
            this.duration = this.offset - this.onset
            lms = [one for one in lms if one is this or one not in near]
        at += 1
    for lm in lms:
        if lm.n_mono > 0:
            lm.n_mono += 1
        if lm.n_mono > 4 or lm.duration > 15:
            lm.long = True
    return lms


def meets(onset, offset, low, high):
    return (
        (onset >= low and onset <= high)
        or (offset >= low and offset <= high)
        or (onset < low and offset > high)
    )


def series_of(lms):
    """Number of the series per movement, 0 for none."""
    place = [None] * len(lms)
    n = 1
    for i in range(len(lms) - 1):
        if lms[i + 1].long or lms[i].long:
            n = 1
            continue
        interval = lms[i + 1].onset - lms[i].onset
        if interval >= 10 and interval <= 90:
            place[i], place[i + 1] = n, n + 1
            n += 1
        else:
            n = 1
    runs = []
    for i, number in enumerate(place):
        if number == 1:
            runs.append([])
        if number is not None:
            runs[-1].append(i)
    series = [0] * len(lms)
    for number, run in enumerate([run for run in runs if len(run) >= 4], 1):
        for i in run:
            series[i] = number
    return series


def intervals_of(lms):
    return [
        None if i == 0 or lm.long or lms[i - 1].long else lm.onset - lms[i - 1].onset
        for i, lm in enumerate(lms)
    ]


def stage_at(onset, stages):
    there = [name for name, start, length in stages if start <= onset and start + length > onset]
    return there[0] if len(there) == 1 else "W"


def score(case, low=LOW, high=HIGH):
    """Return the events of a case, as dicts."""
    lms = [Lm(*row) for row in case["lms"] if row[1] > 0]
    lms = [lm for lm in join_one_leg(lms) if not lm.duration < 0.5]
    for lm in lms:
        lm.long = lm.duration > 10
    lms = join_legs(lms)
    ends = [onset + length for onset, length in case["resp"]]
    resp = [any(meets(lm.onset, lm.offset, e + low, e + high) for e in ends) for lm in lms]
    series = series_of(lms)
    kept = [i for i, related in enumerate(resp) if not related]
    without = dict(zip(kept, series_of([lms[i] for i in kept]), strict=True))
    return [
        {
            "onset": lm.onset,
            "dur": lm.duration,
            "side": lm.leg,
            "n_mono": lm.n_mono,
            "clm": int(not lm.long),
            "resp": int(resp[i]),
            "series": series[i],
            "plm": int(series[i] > 0),
            "plm_nr": int(without.get(i, 0) > 0),
            "arousal": int(
                any(
                    meets(onset, onset + length, lm.onset - 0.5, lm.offset + 0.5)
                    for onset, length in case["arousal"]
                )
            ),
            "stage": stage_at(lm.onset, case["stages"]),
            "imi": intervals_of(lms)[i] if i else None,
        }
        for i, lm in enumerate(lms)
    ]
