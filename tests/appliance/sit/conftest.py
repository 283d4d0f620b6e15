"""Recorders for tests."""

import pytest

from tests.appliance.record.rig import Rig, bed_samples


@pytest.fixture
def make_rig(tmp_path):
    def make(samples=None, **changes):
        return Rig(tmp_path / "state", bed_samples() if samples is None else samples, **changes)

    return make
