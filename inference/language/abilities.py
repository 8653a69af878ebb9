"""What an endpoint can: asked for everything first, and for less of it where it refuses. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

FORMATS = ("json_schema", "json_object", "plain")
LIMITS = ("max_tokens", "max_completion_tokens", "none")


@dataclass(frozen=True)
class Abilities:
    """`is_known` once an answer came: from then on a refusal is about what was asked, not about how."""

    format: str = FORMATS[0]
    logprobs: bool = True
    temperature: bool = True
    limit: str = LIMITS[0]
    is_known: bool = False

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Abilities":
        known = {name: stored[name] for name in asdict(cls()) if name in stored}
        return cls(**known)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def known(self) -> "Abilities":
        return replace(self, is_known=True)

    def less(self, complaint: str) -> "Abilities | None":
        """What to try after a refusal with these words; None where nothing is left to leave out.

        The words tell mostly what was not liked. Where they tell nothing, one thing after the other goes.
        """
        words = complaint.lower()
        # Longer names first: max_completion_tokens also contains what the others are told by.
        if ("max_tokens" in words or "max_completion_tokens" in words) and self.limit != LIMITS[-1]:
            return replace(self, limit=LIMITS[LIMITS.index(self.limit) + 1])
        if "logprobs" in words and self.logprobs:
            return replace(self, logprobs=False)
        if "temperature" in words and self.temperature:
            return replace(self, temperature=False)
        if any(word in words for word in ("response_format", "json_schema", "json_object", "schema")):
            return self._simpler()
        if self.is_known:
            return None
        if self.logprobs:
            return replace(self, logprobs=False)
        return self._simpler() or (replace(self, temperature=False) if self.temperature else None)

    def _simpler(self) -> "Abilities | None":
        if self.format == FORMATS[-1]:
            return None
        return replace(self, format=FORMATS[FORMATS.index(self.format) + 1])
