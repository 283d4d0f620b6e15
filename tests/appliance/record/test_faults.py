"""The fault campaign's short form; `make faults` is the long one."""

import errno

import pytest

from tests.appliance.record import campaign, commits


def test_a_recorder_killed_at_random_moments_loses_and_doubles_nothing(tmp_path):
    counts = campaign.kill_campaign(tmp_path / "state", 16, seed=7)
    assert counts.kills == 16
    assert set(counts.by) == {"moment", "write", "torn"}
    assert counts.movements > 20
    assert counts.delivered > 10
    campaign.check_replay(tmp_path / "state")


def test_a_pulled_plug_leaves_a_night_that_goes_on(tmp_path):
    counts = campaign.image_campaign(tmp_path, 12, seed=7)
    assert counts.images >= 11
    assert counts.movements > 0


@pytest.mark.parametrize("error", ["ENOSPC", "EROFS", "EIO"])
def test_a_disk_that_refuses_at_a_random_byte_loses_no_movement(tmp_path, error):
    counts = campaign.full_disk_campaign(
        tmp_path / "state", 8, seed=7, error_number=getattr(errno, error)
    )
    assert counts.movements > 10


@pytest.mark.parametrize(
    ("act", "every"), [("begin", 17), ("kick", 4), ("raw", 23), ("snapshot", 83), ("end", 41)]
)
def test_a_recorder_killed_between_two_calls_of_a_commit_has_made_it_whole_or_not_at_all(
    tmp_path, act, every
):
    calls, kills = commits.campaign(tmp_path, act, campaign.night_samples(), every)
    assert calls > 20
    assert kills >= calls // every
