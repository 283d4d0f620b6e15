"""The topics of one device: `plms/<id>/...`. Renaming one is a breaking change."""

from __future__ import annotations

from dataclasses import dataclass

ONLINE = "online"
OFFLINE = "offline"

EVENT_TYPES = (
    "limb_movement",
    "partner_movement",
    "kick_moved_partner",
    "series_started",
    "series_ended",
    "night_started",
    "night_ended",
    "night_ready",
    "fault",
    "fault_cleared",
    "sit_reminder",
    "sit_started",
    "sit_prompt",
    "sit_answered",
    "sit_posture",
    "sit_ended",
)


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one device."""

    id: str
    discovery_prefix: str = "homeassistant"

    def _under(self, name: str) -> str:
        return f"plms/{self.id}/{name}"

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained; the broker says offline when we vanish."""
        return self._under("availability")

    @property
    def state(self) -> str:
        """What goes on now: retained JSON."""
        return self._under("state")

    @property
    def night(self) -> str:
        """The last closed night: retained JSON."""
        return self._under("night")

    @property
    def sit(self) -> str:
        """The last evening test that is over: retained JSON."""
        return self._under("sit")

    @property
    def info(self) -> str:
        """The device itself: version, disk, temperature: retained JSON."""
        return self._under("info")

    @property
    def alert(self) -> str:
        """Everything that needs a person: retained JSON."""
        return self._under("alert")

    @property
    def event(self) -> str:
        """What just happened: JSON, never retained."""
        return self._under("event")

    @property
    def result(self) -> str:
        """Answers to commands: JSON, never retained."""
        return self._under("result")

    @property
    def commands(self) -> str:
        """Filter of all commands."""
        return self._under("cmd/+")

    def command(self, verb: str) -> str:
        """Topic of one command."""
        return self._under(f"cmd/{verb}")

    def verb(self, topic: str) -> str | None:
        """Return the verb of a command's topic, None for any other topic."""
        prefix = self._under("cmd/")
        if not topic.startswith(prefix):
            return None
        return topic.removeprefix(prefix)

    @property
    def discovery(self) -> str:
        """Home Assistant's device announcement: retained JSON."""
        return f"{self.discovery_prefix}/device/{self.id}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it has started."""
        return f"{self.discovery_prefix}/status"
