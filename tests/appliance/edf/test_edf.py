"""EDF+: our files through other people's readers, other people's files through ours."""

import datetime as dt
from array import array

import edfio
import mne
import numpy as np
import pyedflib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.edf.annotations import Annotation, list_bytes, pack, parse_lists, room_for
from appliance.edf.header import EdfError, read_header
from appliance.edf.read import open_recording, stream
from appliance.edf.write import Description, edf_bytes
from drivers.channels import CHANNELS, MISSING, UNITS, NightScale, PhysicalRange

START = dt.datetime(2026, 1, 5, 23, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=1)))
NOTES = [
    Annotation(0.0, None, "Lights off"),
    Annotation(3.37, 2.31, "Limb movement@@LAT"),
    Annotation(3.41, 0.5, "Limb movement@@RAT"),
    Annotation(29.99, None, "Lights on"),
]


def written(path, samples, notes=NOTES, scale=None, start=START):
    seconds = len(samples) // 100
    about = Description(
        start=start, record_count=seconds, scale=scale or NightScale(), equipment="plms 1"
    )
    windows = (
        [array("h", samples[i : i + 700, c].tobytes()) for c in range(13)]
        for i in range(0, seconds * 100, 700)
    )
    path.write_bytes(b"".join(edf_bytes(about, windows, notes)))
    return path


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    found = rng.integers(-32767, 32768, (3000, 13)).astype(np.int16)
    found[500:700, 3] = MISSING
    found[:, 12] = MISSING
    return found


def read_all(path, block=6000):
    recording = open_recording(path)
    found = np.full((recording.duration_ticks, 13), MISSING, np.int16)
    for first, part in stream(recording, block):
        found[first : first + len(part)] = part
    return recording, found


# -- our files -------------------------------------------------------------------------------


def test_our_own_file_passes_through_count_by_count(tmp_path, samples):
    recording, found = read_all(written(tmp_path / "a.edf", samples), 250)
    assert np.array_equal(found, samples)
    assert tuple(recording.gains) == NightScale().gains()
    assert tuple(recording.offsets) == NightScale().offsets()
    assert recording.lights() == (0, 2999)
    assert list(recording.annotations) == NOTES
    assert recording.header.start == START.replace(tzinfo=None)


def test_pyedflib_reads_the_same(tmp_path, samples):
    with pyedflib.EdfReader(str(written(tmp_path / "a.edf", samples))) as file:
        assert file.getSignalLabels() == list(CHANNELS)
        assert [file.getPhysicalDimension(i) for i in range(13)] == list(UNITS)
        assert file.getStartdatetime() == START.replace(tzinfo=None)
        assert set(file.getSampleFrequencies()) == {100.0}
        for i in range(13):
            assert np.array_equal(file.readSignal(i, digital=True), samples[:, i])
            wanted = samples[:, i] * NightScale().gains()[i] + NightScale().offsets()[i]
            assert np.allclose(file.readSignal(i), wanted, atol=1e-9)
        onsets, durations, texts = file.readAnnotations()
    assert list(zip(onsets, durations, texts, strict=True)) == [
        (n.onset_s, -1.0 if n.duration_s is None else n.duration_s, n.text) for n in NOTES
    ]


def test_edfio_reads_the_same(tmp_path, samples):
    file = edfio.read_edf(written(tmp_path / "a.edf", samples))
    assert [s.label for s in file.signals] == list(CHANNELS)
    for i, signal in enumerate(file.signals):
        assert np.array_equal(signal.digital, samples[:, i])
    assert [(a.onset, a.duration, a.text) for a in file.annotations] == [
        (n.onset_s, n.duration_s, n.text) for n in NOTES
    ]
    assert file.local_patient_identification == "X X X X"
    assert file.recording.equipment_code == "plms_1_UTC+0100"


def test_mne_reads_the_same(tmp_path, samples):
    file = mne.io.read_raw_edf(written(tmp_path / "a.edf", samples), preload=True, verbose="ERROR")
    assert file.ch_names == list(CHANNELS)
    assert file.info["sfreq"] == 100.0
    assert file.info["meas_date"].replace(tzinfo=None) == START.replace(tzinfo=None)
    volts = np.where(np.array(UNITS) == "mV", 1e-3, 1.0)  # the only unit of ours that MNE scales
    wanted = samples * NightScale().gains() + NightScale().offsets()
    assert np.allclose(file.get_data().T, wanted * volts, rtol=0, atol=1e-9)
    assert [(a["onset"], a["duration"], a["description"]) for a in file.annotations] == [
        (n.onset_s, n.duration_s or 0.0, n.text) for n in NOTES
    ]


def test_a_night_of_unknown_time_says_so(tmp_path, samples):
    path = written(tmp_path / "a.edf", samples, start=None)
    assert open_recording(path).header.start is None
    with pyedflib.EdfReader(str(path)) as file:
        assert file.getStartdatetime().year == 1985


@given(
    st.lists(
        st.tuples(st.integers(0, 5999), st.integers(0, 2000), st.sampled_from(["LAT", "RAT", "ü"])),
        max_size=200,
    )
)
def test_every_annotation_finds_a_place(items):
    notes = sorted(
        (Annotation(o / 100, d / 100, f"Limb movement@@{t}") for o, d, t in items),
        key=lambda a: a.onset_s,
    )
    lists = [list_bytes(note) for note in notes]
    bodies = list(pack(lists, 60, room_for(lists, 60)))
    assert len(bodies) == 60
    assert len({len(body) for body in bodies}) == 1
    found = [a for body in bodies for a in parse_lists(body)]
    assert [a.onset_s for a in found if a.text == ""] == [float(i) for i in range(60)]
    assert [a for a in found if a.text] == notes


# -- other people's files --------------------------------------------------------------------


def foreign(path, signals, notes=(), **about):
    edfio.Edf(
        [
            edfio.EdfSignal(data, rate, label=label, physical_dimension=unit, physical_range=limits)
            for label, data, rate, unit, limits in signals
        ],
        annotations=[edfio.EdfAnnotation(*note) for note in notes],
        **about,
    ).write(path)
    return path


def test_ranges_order_and_further_signals_do_not_matter(tmp_path):
    t = np.arange(1000) / 100
    path = foreign(
        tmp_path / "f.edf",
        [
            ("EEG C3-M2", np.sin(t), 100, "uV", (-1.5, 1.5)),
            ("STRIP", np.sin(t), 100, "mV", (-2, 3)),
            ("ACC-L X", np.cos(t), 100, "g", (-8, 8)),
        ],
        [(2.5, None, "lights  OFF"), (7.0, None, "Lights on"), (1.0, 1.0, "Sleep stage W")],
    )
    recording, found = read_all(path)
    physical = found * recording.gains + recording.offsets
    assert np.abs(physical[:, 0] - np.cos(t)).max() < 16 / 65535
    assert np.abs(physical[:, 12] - np.sin(t)).max() < 5 / 65535
    assert (found[:, 1:12] == MISSING).all()
    assert recording.lights() == (250, 700)


@pytest.mark.parametrize(
    ("label", "unit", "factor"),
    [
        ("ACC-R Z", "mg", 1e-3),
        ("ACC-R Z", "m/s2", 1 / 9.80665),
        ("GYR-L Y", "rad/s", 180 / np.pi),
        ("GYR-L Y", "dps", 1.0),
        ("STRIP", "uV", 1e-3),
        ("STRIP", "", 1.0),
    ],
)
def test_other_units_are_scaled(tmp_path, label, unit, factor):
    data = np.linspace(-900, 900, 500)
    path = foreign(tmp_path / "f.edf", [(label, data, 100, unit, (-1000, 1000))])
    recording, found = read_all(path)
    i = CHANNELS.index(label)
    physical = found[:, i] * recording.gains[i] + recording.offsets[i]
    assert np.abs(physical - data * factor).max() <= 2000 / 65535 * factor


@pytest.mark.parametrize(
    ("label", "unit", "allowed"),
    [
        ("ACC-R Z", "milli-g", "g, mg, m/s2, m/s^2"),
        ("GYR-L Y", "furlong", "deg/s, dps, mdps, rad/s"),
        ("STRIP", "g", "mV, uV, nV, V"),
    ],
)
def test_an_unknown_unit_is_refused_by_name(tmp_path, label, unit, allowed):
    data = np.linspace(-900, 900, 500)
    path = foreign(tmp_path / "f.edf", [(label, data, 100, unit, (-1000, 1000))])
    with pytest.raises(EdfError) as caught:
        open_recording(path)
    assert str(caught.value) == f"{path}: {label!r} is in {unit!r} (units read: {allowed})"


def test_the_unit_of_a_signal_that_is_not_read_does_not_matter(tmp_path):
    data = np.linspace(-1, 1, 500)
    signals = [("EEG C3-M2", data, 100, "furlong", (-1, 1)), ("STRIP", data, 100, "mV", (-1, 1))]
    assert open_recording(foreign(tmp_path / "f.edf", signals)).duration_ticks == 500


@pytest.mark.parametrize("rate", [32, 50, 128, 200, 256])
@pytest.mark.parametrize("block", [6000, 333])
def test_other_sample_rates_are_interpolated(tmp_path, rate, block):
    t = np.arange(rate * 20) / rate
    path = foreign(tmp_path / "f.edf", [("ACC-L X", np.sin(2 * t), rate, "g", (-2, 2))])
    recording, found = read_all(path, block)
    assert recording.duration_ticks == 2000
    ours = np.arange(2000) / 100
    physical = found[:, 0] * recording.gains[0] + recording.offsets[0]
    inside = ours <= t[-1]
    assert np.abs(physical - np.sin(2 * ours))[inside].max() < 5 / rate**2 + 4 / 65535


def test_a_missing_sample_of_another_rate_stays_missing(tmp_path, samples):
    data = np.zeros(500)
    path = foreign(tmp_path / "f.edf", [("ACC-L X", data, 50, "g", (-2, 2))])
    content = bytearray(path.read_bytes())
    header = read_header(path)
    signal = header.signals[0]
    for i in range(100, 150):
        record, within = divmod(i, signal.samples_per_record)
        at = header.header_bytes + record * header.record_bytes + signal.first_byte + 2 * within
        content[at : at + 2] = (MISSING).to_bytes(2, "little", signed=True)
    path.write_bytes(bytes(content))
    _, found = read_all(path)
    missing = np.flatnonzero(found[:, 0] == MISSING)
    assert (missing[0], missing[-1]) == (199, 299)
    assert len(missing) == 101


def test_an_interrupted_edf_d_keeps_its_gap(tmp_path, samples):
    path = written(tmp_path / "a.edf", samples, [Annotation(0.5, 1.0, "Limb movement@@LAT")])
    content = path.read_bytes().replace(b"EDF+C", b"EDF+D", 1)
    for second in range(29, 9, -1):  # from second 10 on, everything was 95.5 s later
        old, new = f"+{second}\x14\x14".encode(), f"+{second + 95.5}\x14\x14".encode()
        at = content.index(old)
        content = content[:at] + new + content[at + len(new) :]
    path.write_bytes(content)
    recording, found = read_all(path)
    assert recording.duration_ticks == 12_550
    assert np.array_equal(found[:1000], samples[:1000])
    assert (found[1000:10_550] == MISSING).all()
    assert np.array_equal(found[10_550:], samples[1000:])


def spoilt(path, how):
    content = bytearray(path.read_bytes())
    if how == "truncated":
        content = content[:-3000]
    elif how == "header only":
        content = content[:1000]
    elif how == "empty":
        content = bytearray()
    elif how == "bdf":
        content[0:8] = b"\xffBIOSEMI"
    elif how == "text":
        content = bytearray(b"hello " * 100)
    elif how == "count":
        content[252:256] = b"abcd"
    elif how == "range":
        first = 256 + 14 * 16 + 14 * 80 + 14 * 8
        content[first : first + 8] = b"nan     "
    elif how == "labels":
        content[256 : 256 + 14 * 16] = b"something".ljust(16) * 14
    elif how == "no samples":
        content[236:244] = b"0       "
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("truncated", "truncated: it promises 30 data records and holds"),
        ("header only", "truncated: the header"),
        ("empty", "not an EDF file"),
        ("bdf", "BDF"),
        ("text", "not an EDF file"),
        ("count", "number of signals is 'abcd'"),
        ("range", "physical minimum of 'ACC-L X' is 'nan'"),
        ("labels", "no signal is named like ours"),
        ("no samples", "holds no samples"),
    ],
)
def test_a_spoilt_file_is_named_with_what_is_wrong(tmp_path, samples, how, message):
    path = written(tmp_path / "night.edf", samples)
    spoilt(path, how)
    with pytest.raises(EdfError, match=r"night\.edf") as caught:
        open_recording(path)
    assert message in str(caught.value)


def test_a_file_that_was_never_closed_is_read_as_far_as_it_goes(tmp_path, samples):
    path = written(tmp_path / "a.edf", samples)
    content = bytearray(path.read_bytes())
    content[236:244] = b"-1      "
    path.write_bytes(bytes(content[:-3000]))
    recording, found = read_all(path)
    assert recording.duration_ticks == 2800
    assert np.array_equal(found, samples[:2800])


@pytest.mark.parametrize("seed", range(150))
def test_a_mangled_header_is_read_or_refused_but_never_crashes(tmp_path, samples, seed):
    rng = np.random.default_rng(seed)
    path = written(tmp_path / "a.edf", samples[:300])
    content = bytearray(path.read_bytes())
    for at in rng.integers(0, 256 * 15, rng.integers(1, 12)):
        content[at] = rng.integers(32, 127)
    path.write_bytes(bytes(content))
    try:
        recording = open_recording(path)
        for _, part in stream(recording):
            assert part.shape[1] == 13
    except EdfError as error:
        assert "a.edf" in str(error)  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("limits", [(-4.0, 4.0), (4.0, -4.0), (-0.12345, 9999.0)])
def test_the_scale_survives_the_header(tmp_path, samples, limits):
    scale = NightScale(PhysicalRange(*limits), PhysicalRange(-500, 500), PhysicalRange(-256, 256))
    recording = open_recording(written(tmp_path / "a.edf", samples, scale=scale))
    assert tuple(recording.gains) == pytest.approx(scale.gains(), rel=1e-6)
