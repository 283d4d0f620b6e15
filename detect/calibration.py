"""What `plms calibrate` learns of one bed. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BedCalibration:
    """How this bed passes movement on.

    Attributes
    ----------
    patient_db, partner_db : float or None
        Ankle acceleration over strip voltage of each sleeper [dB of mg/mV].
    lag_ms : float or None
        Strip onset minus ankle onset of the patient's kicks [ms].
    ring_down_s : float or None
        Time in which the strip's swing falls to one tenth after a tap [s].
    clocks_agree : bool
        The shared tap reached all sensors within the audit's limit: who moved first is evidence.
    """

    patient_db: float | None = None
    partner_db: float | None = None
    lag_ms: float | None = None
    ring_down_s: float | None = None
    clocks_agree: bool = True
