"""What a dataset may be checked for. A rule is an entry here, a measure in the queries, and its words.

A rule with a limit names the pictures whose measure lies below (or above) it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from modelship.lib.errors import BadRequest

Chosen = dict[str, dict[str, Any]]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Limit:
    """The number of a rule that people set."""

    name: str
    label: str
    default: float
    low: float
    high: float
    step: float = 1
    unit: str = ""
    # Whether all of its range is of use, so that a slider is the quicker way to set it.
    is_slider: bool = False


@dataclass(frozen=True)
class Switch:
    """A yes or no of a rule."""

    name: str
    label: str
    help: str


@dataclass(frozen=True)
class Rule:
    name: str
    title: str
    help: str
    # What the archive says of a picture that went for this rule.
    reason: str
    limit: Limit | None = None
    switches: tuple[Switch, ...] = ()
    is_on: bool = True
    # Counting what it finds is one look at columns, so a page may do it while somebody drags a slider.
    is_cheap: bool = True

    def parse(self, given: Any) -> dict[str, Any] | None:
        """The settings in full, or None where the rule is off; raises BadRequest."""
        if given in (None, False):
            return None
        if given is True:
            given = {}
        if not isinstance(given, dict):
            raise BadRequest(f"'{self.name}' must be true, false or an object.", field=self.name)
        known = {limit.name: limit for limit in (self.limit,) if limit} | {
            switch.name: switch for switch in self.switches
        }
        for key in given:
            if key not in known:
                raise BadRequest(
                    f"'{key}' is not known in '{self.name}'. Allowed: {', '.join(known) or 'nothing'}.",
                    code="unknown_field",
                    field=self.name,
                )
        settings = {switch.name: _flag(self, switch, given) for switch in self.switches}
        return {self.limit.name: _number(self, self.limit, given), **settings} if self.limit else settings

    def threshold(self, settings: dict[str, Any]) -> float | None:
        return settings[self.limit.name] if self.limit else None


RULES: tuple[Rule, ...] = (
    Rule(
        "near",
        "Near duplicates",
        "Pictures that look alike: saved again, resized, or a moment apart. The best of each group stays.",
        "near duplicate",
        Limit("distance", "Distance", 8, 0, 12, unit="of 64 bits", is_slider=True),
        (Switch("turned", "Mirrored and turned ones too", "Also finds copies by a quarter turn or a flip."),),
        is_cheap=False,
    ),
    Rule(
        "blurred",
        "Blurred",
        "Nothing in the picture is sharp. Fog and plain sky count as blurred too, so look before you archive.",
        "blurred",
        Limit("below", "Sharpness below", 60, 0, 2000),
    ),
    Rule(
        "dark",
        "Too dark",
        "Hardly any light: the mean brightness, from 0 to 255, is low.",
        "too dark",
        Limit("below", "Brightness below", 25, 0, 255, is_slider=True),
    ),
    Rule(
        "bright",
        "Too bright",
        "Washed out: the mean brightness, from 0 to 255, is high.",
        "too bright",
        Limit("above", "Brightness above", 235, 0, 255, is_slider=True),
    ),
    Rule(
        "small",
        "Too small",
        "The shorter side has few pixels, so there is little to label.",
        "too small",
        Limit("below", "Shorter side below", 100, 1, 20_000, unit="px"),
    ),
    Rule(
        "narrow",
        "Odd shape",
        "Much longer than high, or the other way: banners, strips and panoramas.",
        "odd shape",
        Limit("above", "Longer side above", 4, 1, 100, step=0.5, unit="times the shorter"),
    ),
    Rule(
        "elsewhere",
        "In another dataset",
        "The very same file is also in another dataset of this project: a test set may hold what was trained on.",
        "in another dataset",
        is_on=False,
        is_cheap=False,
    ),
    Rule(
        "broken",
        "Broken file",
        "Every stored file is read and decoded once more. This takes as long as uploading them did.",
        "broken file",
        is_on=False,
        is_cheap=False,
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}


def parse_rules(given: Any) -> Chosen:
    """The rules that are on, with all their settings, in the order of RULES.

    Nothing given means the usual ones. Raises BadRequest for what is not known and where none is on.
    """
    if given is None:
        given = {rule.name: True for rule in RULES if rule.is_on}
    if not isinstance(given, dict):
        raise BadRequest("'rules' must be an object of rules by name.", field="rules")
    for name in given:
        if name not in BY_NAME:
            raise BadRequest(f"'{name}' is no rule. Choose from {', '.join(BY_NAME)}.", field="rules")
    parsed = {rule.name: rule.parse(given.get(rule.name)) for rule in RULES}
    chosen = {name: settings for name, settings in parsed.items() if settings is not None}
    if not chosen:
        raise BadRequest("Every rule is off. Turn at least one on.", code="no_rules", field="rules")
    return chosen


def in_order(rules: Mapping[str, Found]) -> list[tuple[str, Found]]:
    """Rules, or what is known of them, by name in the order of RULES: databases keep keys in one of their own."""
    return [(rule.name, rules[rule.name]) for rule in RULES if rule.name in rules]


def _number(rule: Rule, limit: Limit, given: dict[str, Any]) -> float:
    value = given.get(limit.name, limit.default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not limit.low <= value <= limit.high or (limit.name == "distance" and value % 1):
        raise BadRequest(
            f"'{limit.name}' of '{rule.name}' must be a number from {limit.low:g} to {limit.high:g}.",
            field=rule.name,
        )
    return value


def _flag(rule: Rule, switch: Switch, given: dict[str, Any]) -> bool:
    value = given.get(switch.name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"'{switch.name}' of '{rule.name}' must be true or false.", field=rule.name)
    return value
