"""When each sleeper moved, and what later decisions take from it."""

from __future__ import annotations

import json

import pytest

from detect.bouts import RawEpoch
from detect.ledger import FAR, Ledger
from detect.parameters import PARAMETERS

S, MINUTE = 100, 6000


def raw(number):
    return RawEpoch(3000 * number, (3000, 3000, 3000), 5.0, 3000)


@pytest.mark.parametrize(
    ("onset", "end", "near"),
    [
        (1000, 1100, True),
        (1299, 1400, True),
        (1300, 1400, False),
        (700, 801, False),
        (790, 802, False),
        (790, 803, True),
    ],
)
def test_what_the_bed_does_within_a_second_of_a_turn_is_part_of_it(onset, end, near):
    ledger = Ledger()
    ledger.moved(902, 1200, "body", PARAMETERS)
    assert ledger.near_gross(onset, end, PARAMETERS) == near


@pytest.mark.parametrize(
    ("onset", "after"), [(1000, False), (1001, True), (1300, True), (1301, False)]
)
def test_what_begins_within_three_seconds_of_a_kick_follows_it(onset, after):
    ledger = Ledger()
    ledger.moved(1000, 1150, "leg", PARAMETERS)
    assert ledger.after_kick(onset, PARAMETERS) == after


def test_a_jerk_is_of_sleep_onset_after_a_minute_and_before_ten():
    ledger = Ledger()
    assert not ledger.is_sleep_onset(MINUTE, PARAMETERS)
    assert ledger.is_sleep_onset(MINUTE + 1, PARAMETERS)
    ledger.moved(2 * MINUTE, 2 * MINUTE + S, "leg", PARAMETERS)
    assert not ledger.is_sleep_onset(3 * MINUTE, PARAMETERS)
    ledger.moved(13 * MINUTE, 13 * MINUTE + S, "jerk", PARAMETERS)
    assert not ledger.is_sleep_onset(15 * MINUTE, PARAMETERS)
    ledger.walked(20 * MINUTE, 21 * MINUTE)
    assert ledger.is_sleep_onset(23 * MINUTE, PARAMETERS)


def test_an_epoch_is_of_what_happened_in_it_and_what_goes_on_is_kept():
    ledger = Ledger()
    ledger.moved(2900, 3100, "leg", PARAMETERS)
    ledger.partner.append((100, 350))
    ledger.set_out(2000, 2500, is_out=True)
    ledger.set_out(2000, 2600, is_out=False)
    first = ledger.close_epoch(raw(0), walking=[])
    assert (first.patient_moving_s, first.partner_moving_s, first.in_bed_s) == (1.0, 2.5, 24.0)
    second = ledger.close_epoch(raw(1), walking=[(5000, 5500)])
    assert (second.patient_moving_s, second.partner_moving_s) == (6.0, 0.0)
    assert (ledger.patient, ledger.partner, ledger.out) == ([], [], [])


def test_it_is_the_same_after_a_crash():
    ledger = Ledger()
    ledger.moved(900, 1200, "body", PARAMETERS)
    ledger.set_out(2000, 2500, is_out=True)
    again = Ledger.load(json.loads(json.dumps(ledger.dump())))
    assert again == ledger
    assert again.was_out(2100, FAR - 1)
    assert not again.was_out(1900, 2100)
