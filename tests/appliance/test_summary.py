"""The morning's summary in a terminal."""

from __future__ import annotations

from appliance.summary import summary_lines
from detect.movement import Epoch, Movement
from detect.score import NightInput, score_night


def kick(owner, onset_s, p_patient=0.9):
    first = 100 * onset_s
    return Movement(first, first + 90, "leg", "left", owner, p_patient, 300.0, 40.0)


def headline(*movements):
    score = score_night(NightInput(360_000, movements, (), ()))
    return summary_lines("Night", score, movements)[2].strip()


def test_a_range_of_no_width_is_one_number():
    sure = [kick("patient", 20 * n) for n in range(1, 6)]
    assert headline(*sure) == "5.0 periodic kicks an hour in bed"
    assert headline(*sure, kick("unsure", 120)) == (
        "6.0 periodic kicks an hour in bed   (5.0 to 6.0: sure ones only, and with the unsure ones)"
    )


def bed(owner, onset_s):
    first = 100 * onset_s
    return Movement(first, first + 90, "bed", None, owner, 0.4, 9.0, 4.0)


def partner_lines(*movements):
    score = score_night(NightInput(360_000, movements, (), ()))
    lines = summary_lines("Night", score, movements)
    return [line.strip() for line in lines if "partner" in line or "mattress" in line]


def test_what_nobody_can_be_told_to_have_done_is_counted_by_itself():
    assert partner_lines(bed("partner", 100), bed("unsure", 200), bed("unsure", 300)) == [
        "partner        1 movement of the partner in the whole recording, kept apart",
        "2 in the mattress while an ankle was not measured",
    ]
    assert partner_lines(bed("partner", 100)) == [
        "partner        1 movement of the partner in the whole recording, kept apart"
    ]


def test_the_partners_movements_are_those_of_the_counted_time_as_on_the_page():
    """Two hours, lights off after 10 min and on after 100: of four movements two count."""
    epochs = tuple(Epoch(i, 0.0, 0.0, 30.0, 30.0, 30.0, 30.0, 0.0) for i in range(240))
    movements = tuple(bed("partner", onset_s) for onset_s in (100, 700, 5000, 6100))
    night = NightInput(720_000, movements, epochs, (), 60_000, 600_000)
    score = score_night(night)
    assert "  partner        2 movements of the partner in counted time, kept apart" in (
        summary_lines("Night", score, movements)
    )


def leg(onset_s):
    first = 100 * onset_s
    return Movement(first, first + 100, "leg", "left", "patient", 0.9, 9.0, 4.0)


def test_all_kicks_are_told_and_how_many_of_them_are_periodic():
    kicks = tuple(leg(onset_s) for onset_s in (100, 120, 140, 160, 1000))  # the last is alone
    score = score_night(NightInput(360_000, kicks, (), ()))
    (line,) = (row for row in summary_lines("Night", score, kicks) if row.startswith("  kicks"))
    assert (
        line.split(maxsplit=1)[1] == "5, 4 of them periodic, in 1 series; left 4, right 0, both 0"
    )
