"""Named nights: frozen dials of two sleepers, their bed and the sensors.

Each dial has a unit in its name or its doc line. Which figure is published and which is modelling
is said in docs/simulator.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Sleeper:
    """How one person moves. Rates are means per hour in bed."""

    plm_per_h: float = 32.0
    """kicks in series"""
    imi_median_s: float = 24.0
    """geometric mean of the intervals in a series"""
    imi_gsd: float = 1.45
    """geometric standard deviation of all intervals in series"""
    series_kicks: float = 22.0
    """mean number of kicks of a series"""
    shortest_imi_s: float = 8.0
    """no interval in a series is shorter"""
    growth_per_h: float | None = None
    """awake: natural logarithm of the rise of the rate within an hour; None: asleep, the rate falls
    over the night and goes in waves of 90 min"""
    short_interval: float = 0.03
    """probability that a kick is followed by another after 2 to 4 s"""
    isolated_per_h: float = 3.0
    decline: float = 0.7
    """natural logarithm of the fall of the rate over 8 h"""
    kick_deg: float = 12.0
    """median flexion of a kick"""
    kick_gsd: float = 1.6
    kick_min_deg: float = 4.2
    kick_max_deg: float = 45.0
    duration_s: float = 2.6
    """median duration of a kick"""
    duration_gsd: float = 1.5
    still_hold: float = 0.6
    """probability that a hold is perfectly still (else it trembles)"""
    return_error: float = 0.0
    """how far a leg misses its old place as it returns (rms), relative to the flexion"""
    both_legs: float = 0.35
    """probability that a kick is of both legs"""
    alternating: float = 0.3
    """probability that the legs of a series take turns"""
    turns_per_h: float = 1.5
    postures_per_h: float = 2.0
    """a leg that moves and stays"""
    arms_per_h: float = 4.0
    coughs_per_h: float = 0.5
    """bouts of two to five blows of the trunk: an arm movement in the truth, with a note"""
    jerks_per_h: float = 0.7
    """isolated leg movements shorter than 0.5 s"""
    hypnic_jerks: int = 3
    """at sleep onset"""
    heart_per_min: float = 62.0
    breath_per_min: float = 14.0


@dataclass(frozen=True, slots=True)
class Mattress:
    """How the bed carries motion. An ankle's or the strip's answer per g of the mover's limb."""

    ring_hz: float = 9.0
    ring_damping: float = 0.12
    coupling: float = 0.04
    """acceleration at the patient's ankles per acceleration of the partner's limb [g/g]"""
    rotation_deg_per_g: float = 10.0
    """passive rotation of an ankle per g that reaches it"""
    cross_leg: float = 0.04
    """acceleration of one leg per acceleration of the patient's other leg [g/g]"""
    lag_ms: float = 15.0
    """from the strip to the ankles"""
    leg_imbalance: float = 0.15
    """relative difference of what the two ankles get"""
    patient_strip_mv_per_g: float = 700.0
    partner_strip_mv_per_g: float = 450.0
    partner_rolls: float = 0.3
    """probability that a turn of the partner rolls the patient a little"""
    contact: float = 0.02
    """probability that a kick of the partner pushes a leg of the patient"""
    push_deg: float = 5.0
    """median passive rotation of a push"""


@dataclass(frozen=True, slots=True)
class StripSensor:
    """The piezo strip and its amplifier."""

    heart_mv: float = 6.0
    breath_mv: float = 10.0
    partner_share: float = 0.4
    """size of the partner's heart and breath relative to the patient's"""
    noise_mv: float = 0.6
    highpass_hz: float = 0.5
    mains_mv: float = 0.0
    mains_hz: float = 49.97
    stuck: str = "no"
    """no | mid (film unplugged) | rail (shorted)"""
    rail_mv: float = 1650.0


@dataclass(frozen=True, slots=True)
class AnkleSensor:
    """One ankle sensor and its strap."""

    noise_mg: float = 1.5
    """rms, each axis"""
    noise_dps: float = 0.08
    gyro_bias_dps: float = 1.5
    """standard deviation of the constant bias, each axis"""
    gyro_drift_dps: float = 0.3
    """amplitude of the slow drift, each axis"""
    scale_error: float = 0.01
    offset_mg: float = 10.0
    accel_range_g: float = 4.0
    gyro_range_dps: float = 500.0
    loose_hz: float = 0.0
    """natural frequency of a loose strap; 0: tight"""
    loose_damping: float = 0.25
    rattle_mg: float = 0.0
    """rms of the rattle of a loose strap at 100 deg/s"""
    stuck_s: tuple[tuple[float, float], ...] = ()
    """intervals in which the sensor repeats its last value"""
    late_ms: float = 0.0
    """how much this sensor's stamps lag behind the truth: what a failed clock audit looks like"""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of night."""

    name: str
    patient: Sleeper = field(default_factory=Sleeper)
    partner: Sleeper | None = field(
        default_factory=lambda: Sleeper(
            plm_per_h=0.0, isolated_per_h=2.0, turns_per_h=2.0, arms_per_h=5.0, hypnic_jerks=1,
            heart_per_min=71.0, breath_per_min=16.0, postures_per_h=2.0,
        )
    )  # fmt: skip
    answers: float = 0.06
    """probability that a kick of the patient makes the partner move"""
    disturbed: float = 0.04
    """probability that a turn of the partner makes the patient move"""
    mattress: Mattress = field(default_factory=Mattress)
    strip: StripSensor = field(default_factory=StripSensor)
    left: AnkleSensor = field(default_factory=AnkleSensor)
    right: AnkleSensor = field(default_factory=AnkleSensor)
    sleep_onset_s: float = 900.0
    edge_s: float = 0.0
    """so long the patient sits on the edge of the bed first, feet on the floor"""
    bathroom_s: tuple[float, ...] = ()
    """when the patient gets up (each visit takes 3 to 6 min)"""
    random_bathrooms_per_night: float = 0.7
    forced_series: tuple[tuple[float, float], ...] = ()
    """(start, length): a series of the patient runs then in any case"""
    unplugged: tuple[tuple[str, float, float], ...] = ()
    """(device, start, end): no samples then"""


TYPICAL = Scenario("typical")


def _named() -> dict[str, Scenario]:
    t = TYPICAL
    patient, bed = t.patient, t.mattress
    partner = t.partner or Sleeper()
    calm = replace(
        patient, plm_per_h=0.0, isolated_per_h=0.0, turns_per_h=0.0, postures_per_h=0.0,
        arms_per_h=0.0, coughs_per_h=0.0, jerks_per_h=0.0, hypnic_jerks=0,
    )  # fmt: skip
    restless = replace(
        partner, turns_per_h=8.0, arms_per_h=20.0, isolated_per_h=10.0, jerks_per_h=4.0
    )
    loose = AnkleSensor(loose_hz=5.0, rattle_mg=60.0)
    soft = replace(patient, kick_deg=4.8, kick_gsd=1.15, kick_min_deg=4.0, kick_max_deg=7.0)
    tossing = replace(patient, turns_per_h=9.0, postures_per_h=12.0, arms_per_h=20.0)
    awake = replace(
        patient, plm_per_h=0.0, isolated_per_h=4.0, turns_per_h=0.0, postures_per_h=3.0,
        arms_per_h=20.0, hypnic_jerks=0, kick_deg=16.0, duration_s=3.5, duration_gsd=1.9,
        imi_median_s=12.5, imi_gsd=1.35, shortest_imi_s=4.5, series_kicks=18.0, growth_per_h=1.2,
        short_interval=0.06, return_error=0.03, heart_per_min=72.0,
    )  # fmt: skip
    test = replace(
        t, partner=None, answers=0.0, sleep_onset_s=0.0, random_bathrooms_per_night=0.0,
        patient=awake,
    )  # fmt: skip
    creeping = replace(awake, plm_per_h=130.0, isolated_per_h=8.0, postures_per_h=8.0)
    hour = 3600.0
    scenarios = (
        t,
        replace(t, name="severe", patient=replace(patient, plm_per_h=85.0, series_kicks=60.0,
                                                  isolated_per_h=6.0, short_interval=0.08)),
        replace(t, name="near_normal", patient=replace(patient, plm_per_h=4.0, series_kicks=7.0)),
        replace(t, name="restless_partner", partner=restless, answers=0.15),
        replace(t, name="partner_plms", partner=replace(partner, plm_per_h=32.0)),
        replace(t, name="alone", partner=None, answers=0.0),
        replace(t, name="loose_strap", left=loose, right=replace(loose, loose_hz=7.0)),
        replace(t, name="ringing_bed", mattress=replace(bed, ring_hz=5.0, ring_damping=0.03,
                                                        coupling=0.07)),
        replace(t, name="soft_kicks", patient=soft),
        replace(t, name="restless_patient", patient=tossing, random_bathrooms_per_night=2.0),
        replace(t, name="unplugged_ankle", unplugged=(
            ("right", 1.2 * hour, 1.3 * hour), ("left", 2.0 * hour, 3.5 * hour),
            ("right", 3.4 * hour, 3.6 * hour), ("right", 5.0 * hour, 8.0 * hour))),
        replace(t, name="blind_strip", strip=StripSensor(stuck="mid")),
        replace(t, name="no_strip", unplugged=(("strip", 0.0, 1e9),)),
        replace(t, name="quiet", patient=calm, partner=None, answers=0.0,
                random_bathrooms_per_night=0.0),
        replace(t, name="demo", answers=0.15,
                partner=replace(restless, turns_per_h=4.0, arms_per_h=9.0, isolated_per_h=5.0),
                bathroom_s=(3.4 * hour,), random_bathrooms_per_night=0.0,
                forced_series=((0.35 * hour, 1500.0), (8.0 * hour - 90.0, 900.0)),
                unplugged=(("right", 5.5 * hour, 5.5 * hour + 420.0),)),
        replace(test, name="sit_calm"),
        replace(test, name="sit_restless", patient=creeping),
        replace(test, name="sit_stands_up", patient=creeping, bathroom_s=(900.0, 2400.0),
                unplugged=(("right", 1800.0, 1980.0),)),
        replace(test, name="sit_couple", patient=creeping, partner=partner),
    )  # fmt: skip
    return {scenario.name: scenario for scenario in scenarios}


SCENARIOS = _named()
"""All named scenarios by name."""


def coupled(scenario: Scenario, coupling: float) -> Scenario:
    """Return the scenario on a mattress that passes more (or less) of the partner on.

    0.04 is typical; at about 0.25 the jolt of a partner's median kick has the size of a soft kick
    of the patient, at 0.4 that of a common one.
    """
    mattress = replace(scenario.mattress, coupling=coupling)
    return replace(scenario, name=f"{scenario.name} coupling {coupling:g}", mattress=mattress)
