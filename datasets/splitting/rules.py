"""How pictures are to be dealt out: read strictly, stored as JSON, read back as it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

NAMES = ("train", "val", "test")
USUAL = {"train": 0.8, "val": 0.1, "test": 0.1}
# Two perceptual hashes that differ in so few of 64 bits are of one scene.
NEAR_BITS = 3
MAX_KEY = 100
MAX_SEED = 1 << 31


class BadRule(ValueError):
    """A value that can't be; `field` names it and the message says what can."""

    def __init__(self, field_name: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field_name


@dataclass(frozen=True)
class Rule:
    """`ratios` add up to 1. `group` is a key of the pictures' metadata whose equal values stay together.

    `balance` gives each side its part of every class. With `keep` pictures that have a side stay on
    it; without it all are dealt anew but those that people put somewhere.
    """

    ratios: Mapping[str, float] = field(default_factory=lambda: dict(USUAL))
    balance: bool = True
    group: str = ""
    near_duplicates: bool = False
    keep: bool = True
    seed: int = 0

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Raises BadRule."""
        usual = cls()
        flags = {
            name: _flag(data, name, getattr(usual, name)) for name in ("balance", "near_duplicates", "keep")
        }
        return cls(
            ratios=_ratios(data.get("ratios", USUAL)),
            group=_group(data.get("group", "")),
            seed=_seed(data.get("seed", 0)),
            **flags,
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _ratios(value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping) or set(value) - set(NAMES):
        raise BadRule("ratios", f"'ratios' must hold {', '.join(NAMES)}.")
    parts = {name: value.get(name, 0) for name in NAMES}
    if any(
        isinstance(part, bool) or not isinstance(part, int | float) or not 0 <= part <= 1
        for part in parts.values()
    ):
        raise BadRule("ratios", "Each part of 'ratios' must be a number from 0 to 1.")
    if abs(sum(parts.values()) - 1) > 0.001:
        raise BadRule("ratios", "The parts of 'ratios' must add up to 1.")
    return {name: float(part) for name, part in parts.items()}


def _flag(data: Mapping[str, Any], name: str, usual: bool) -> bool:
    value = data.get(name, usual)
    if not isinstance(value, bool):
        raise BadRule(name, f"'{name}' must be true or false.")
    return value


def _group(value: Any) -> str:
    text = "" if value is None else value
    if not isinstance(text, str) or len(text) > MAX_KEY:
        raise BadRule("group", f"'group' must be a key of the metadata, up to {MAX_KEY} characters.")
    return text.strip()


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < MAX_SEED:
        raise BadRule("seed", "'seed' must be a whole number from 0.")
    return value
