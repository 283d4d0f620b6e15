"""A night that begins on a winter evening in Berlin."""

from appliance.store import nights
from drivers.channels import NightScale

NEW = nights.NewNight(
    name="2026-01-05",
    start_utc=1_767_650_400.0,
    time_zone="Europe/Berlin",
    boot_id="boot",
    origin_monotonic_ns=7,
    scale=NightScale(),
    detector="1",
    software="0.1.0",
)
