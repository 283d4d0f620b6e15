"""How common pushes are tonight. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detect.odds import LN2, clip, log2, probability

if TYPE_CHECKING:
    from detect.pushweights import PushWeights


@dataclass(slots=True)
class PushRate:
    """Leg movements that were pushes and that were none, each by how likely it was either.

    The late ones count for more. What is known of other beds counts as `first_count` movements.
    """

    pushed: float = 0.0
    own: float = 0.0

    def learn(self, odds: float, w: PushWeights) -> None:
        """Remember one more movement, a push by log-odds `odds`."""
        share = probability(odds - w.doubt_odds)
        self.pushed = w.kept_share * self.pushed + share
        self.own = w.kept_share * self.own + 1.0 - share

    def odds(self, w: PushWeights) -> float:
        """Return the log-odds for a push before anything is known of a movement."""
        first = probability(-w.rare_odds)
        pushed = w.first_count * first + self.pushed
        own = w.first_count * (1.0 - first) + self.own
        return clip(LN2 * log2(pushed / own), -w.rare_odds, -w.least_rare_odds)
