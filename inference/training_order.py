"""What somebody orders when they ask for a training: read strictly, stored as JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from modelship.api.values import flag_of, number_of
from modelship.lib.errors import BadRequest

FIELDS = ("version", "steps", "val_share", "seed", "freeze_backbone")
MIN_STEPS, MAX_STEPS, DEFAULT_STEPS = 50, 20_000, 600
MIN_SHARE, MAX_SHARE, DEFAULT_SHARE = 0.05, 0.5, 0.2
MAX_SEED = 2**31 - 1
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class TrainingOrder:
    """How to train, and on which state of the dataset: a version's, or without one its own of the moment."""

    version: int | None = None
    steps: int = DEFAULT_STEPS
    val_share: float = DEFAULT_SHARE
    seed: int = 0
    freeze_backbone: bool = False
    device: str = "auto"

    @classmethod
    def read(cls, data: dict[str, Any]) -> Self:
        """Raises BadRequest naming the field that can't be read."""
        return cls(
            version=None if data.get("version") is None else _whole(data, "version", 1, MAX_SEED),
            steps=_whole(data, "steps", MIN_STEPS, MAX_STEPS, DEFAULT_STEPS),
            val_share=number_of(data, "val_share", low=MIN_SHARE, high=MAX_SHARE, default=DEFAULT_SHARE),
            seed=_whole(data, "seed", 0, MAX_SEED, 0),
            freeze_backbone=flag_of(data, "freeze_backbone", default=False),
        )

    def as_options(self) -> dict[str, Any]:
        return asdict(self)


def _whole(data: dict[str, Any], key: str, low: int, high: int, default: int | None = None) -> int:
    value = data.get(key, default)
    if type(value) is not int or not low <= value <= high:
        raise BadRequest(f"'{key}' must be a whole number from {low} to {high}.", field=key)
    return value
