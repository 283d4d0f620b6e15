"""Old and new number side by side: two scores of the same night, where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from detect.score import score_night, score_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from detect.night import NightInput
    from detect.rules import RuleSet

_LABELS = frozenset({"rules", "rules_version", "scoring_version"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that came out differently."""

    name: str
    old: Any
    new: Any

    @property
    def change(self) -> float | None:
        """New minus old; None where either is not a number."""
        if isinstance(self.old, int | float) and isinstance(self.new, int | float):
            return self.new - self.old
        return None


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Compare two `indices` objects of one night, figure by figure.

    Parameters
    ----------
    old, new : mapping
        As `score_to_json` gives them, or as an earlier version exported them.
    """
    names = [*old, *(name for name in new if name not in old)]
    return [
        Difference(name, old.get(name), new.get(name))
        for name in names
        if name not in _LABELS
        and not isinstance(old.get(name, new.get(name)), list | dict)
        and old.get(name) != new.get(name)
    ]


def side_by_side(night: NightInput, rule_sets: Iterable[RuleSet]) -> list[dict[str, Any]]:
    """Score one night by several rule sets; one `indices` object each, in their order."""
    return [score_to_json(score_night(night, rules)) for rules in rule_sets]
