"""Raw signals: every sample comes back, whatever it is and however it was cut."""

import sqlite3
from array import array
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from appliance.store.raw import (
    RawError,
    decode_chunk,
    iter_raw,
    raw_extent,
    raw_path,
    raw_scale,
    read_raw,
    remove_raw,
)
from appliance.store.raw_writer import RawWriter, encode_chunk
from drivers.block import Block
from drivers.channels import MISSING, NightScale, PhysicalRange

SCALE = NightScale(strip=PhysicalRange(-1.0, 1.0))


def matrix(columns):
    return np.array([list(column) for column in columns], np.int16).T


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((1, 13)),
        np.full((1000, 13), MISSING),
        np.full((1000, 13), 32767),
        np.tile([[32767], [-32767]], (500, 13)),
        np.arange(13_000).reshape(1000, 13) - 6000,
        np.where(np.arange(13_000).reshape(1000, 13) % 7 < 3, MISSING, 5),
    ],
    ids=["one", "missing", "clipped", "full swings", "ramps", "holes"],
)
def test_extreme_samples_come_back(samples):
    samples = samples.astype(np.int16)
    assert np.array_equal(matrix(decode_chunk(encode_chunk(samples), len(samples))), samples)


@given(arrays(np.int16, st.tuples(st.integers(1, 40), st.just(13))))
def test_any_samples_come_back(samples):
    assert np.array_equal(matrix(decode_chunk(encode_chunk(samples), len(samples))), samples)


def blocks(rng, samples, cuts):
    for first, last in zip([0, *cuts], [*cuts, len(samples)], strict=True):
        yield Block(first, samples[first:last])


@pytest.mark.parametrize("every", [200, 1000, 6000])
def test_a_night_comes_back_however_it_was_cut(tmp_path, every):
    rng = np.random.default_rng(1)
    samples = rng.integers(-300, 300, (15_000, 13)).astype(np.int16)
    samples[4000:4400, :6] = MISSING
    cuts = np.unique(rng.integers(1, 15_000, 300)).tolist()
    writer = RawWriter(tmp_path / "recordings" / "a.db", SCALE)
    for block in blocks(rng, samples, cuts):
        writer.append(block)
        if writer.waiting_ticks >= every:
            writer.commit()
    writer.close()
    path = tmp_path / "recordings" / "a.db"
    assert raw_scale(path) == SCALE
    assert raw_extent(path) == (0, 15_000)
    assert np.array_equal(matrix(read_raw(path, 0, 15_000)), samples)
    assert np.array_equal(matrix(read_raw(path, 3990, 4410)), samples[3990:4410])
    joined = np.concatenate([matrix(columns) for _, columns in iter_raw(path)])
    assert np.array_equal(joined, samples)


def test_absent_ticks_are_missing_samples(tmp_path):
    path = tmp_path / "a.db"
    ones = np.ones((100, 13), np.int16)
    writer = RawWriter(path, SCALE)
    for first in (50, 200, 20_000, 60_000):
        writer.append(Block(first, ones))
    writer.close()
    found = matrix(read_raw(path, 0, 60_200))
    wanted = np.full((60_200, 13), MISSING)
    for first in (50, 200, 20_000, 60_000):
        wanted[first : first + 100] = 1
    assert np.array_equal(found, wanted)


def test_writing_goes_on_in_a_file_that_is_there(tmp_path):
    path = tmp_path / "a.db"
    for first in (0, 1000):
        writer = RawWriter(path, SCALE)
        writer.append(Block(first, np.full((1000, 13), first + 1, np.int16)))
        writer.close()
    assert read_raw(path, 0, 2000)[0] == array("h", [1] * 1000 + [1001] * 1000)


def test_what_was_not_committed_is_all_that_a_crash_takes(tmp_path):
    path = tmp_path / "a.db"
    writer = RawWriter(path, SCALE)
    writer.append(Block(0, np.ones((1000, 13), np.int16)))
    writer.commit()
    writer.append(Block(1000, np.ones((500, 13), np.int16)))
    assert raw_extent(path) == (0, 1000)
    writer._db.close()
    assert raw_extent(path) == (0, 1000)


def test_a_damaged_chunk_is_named(tmp_path):
    path = tmp_path / "a.db"
    writer = RawWriter(path, SCALE)
    writer.append(Block(0, np.ones((1000, 13), np.int16)))
    writer.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE chunks SET data = substr(data, 1, length(data) - 3)")
    with pytest.raises(RawError, match=r"a\.db: a chunk"):
        read_raw(path, 0, 1000)


@pytest.mark.parametrize("content", [b"", b"junk" * 1000, None])
def test_what_is_no_recording_is_named(tmp_path, content):
    path = tmp_path / "a.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RawError, match=r"a\.db"):
        read_raw(path, 0, 1)


@pytest.mark.parametrize(
    "name", ["../plms.db", "/etc/passwd", "a/b.db", "", ".db", "a.db\n", "x" * 70]
)
def test_a_name_leads_nowhere_else(tmp_path, name):
    with pytest.raises(RawError):
        raw_path(tmp_path, name)
    with pytest.raises(RawError):
        remove_raw(tmp_path, name)


def test_reading_needs_no_numpy():
    import subprocess
    import sys

    code = (
        "import sys, appliance.store.raw, appliance.nightdata, appliance.nightjson,"
        " appliance.export, appliance.store.nights, appliance.store.backup, appliance.settings;"
        " sys.exit(any(m in sys.modules for m in ('numpy', 'numba', 'smbus2')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
