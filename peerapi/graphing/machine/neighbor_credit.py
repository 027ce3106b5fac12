"""What the searches of all nodes that come from a neighbor may cost (docs/search.md)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Credit:
    """What a neighbor may still cost: it grows with time up to a bound."""

    rate: float
    "A second."
    most: float
    left: float = field(init=False)
    _at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.left = self.most

    def has(self, now: float) -> bool:
        """Whether anything is left."""
        self.left = min(self.most, self.left + (now - self._at) * self.rate)
        self._at = now
        return self.left > 0

    def spend(self, amount: float) -> None:
        self.left -= amount


STEPS_A_SECOND, STEPS_AT_ONCE = 5_000_000.0, 20_000_000.0
"Effort for the questions that come from one neighbor: a twentieth of a processor."
BYTES_A_SECOND, BYTES_AT_ONCE = float(8 << 20), float(32 << 20)
"Bytes of answers that go back to one neighbor."


@dataclass(slots=True)
class NeighborCredit:
    """What one link has left."""

    steps: Credit = field(default_factory=lambda: Credit(STEPS_A_SECOND, STEPS_AT_ONCE))
    answers: Credit = field(default_factory=lambda: Credit(BYTES_A_SECOND, BYTES_AT_ONCE))
