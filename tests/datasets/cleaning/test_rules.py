"""Rules: what they take, what they default to, and what they refuse."""

import pytest

from datasets.cleaning.rules import BY_NAME, RULES, parse_rules
from modelship.lib.errors import BadRequest


def test_nothing_given_means_the_usual_ones():
    assert parse_rules(None) == {
        "near": {"distance": 8, "turned": False},
        "blurred": {"below": 60},
        "dark": {"below": 25},
        "bright": {"above": 235},
        "small": {"below": 100},
        "narrow": {"above": 4},
    }


def test_only_what_is_on_is_kept_in_full():
    given = {"dark": {"below": 10}, "near": True, "small": False, "bright": None, "elsewhere": {}}

    assert parse_rules(given) == {
        "near": {"distance": 8, "turned": False},
        "dark": {"below": 10},
        "elsewhere": {},
    }


@pytest.mark.parametrize(
    "given",
    [
        [],
        {},
        {"near": False},
        {"pretty": True},
        {"near": 8},
        {"near": {"distance": 13}},
        {"near": {"distance": 2.5}},
        {"near": {"distance": True}},
        {"near": {"distance": 8, "turned": 1}},
        {"dark": {"above": 3}},
        {"dark": {"below": "3"}},
        {"dark": {"below": float("nan")}},
    ],
)
def test_what_makes_no_sense_is_refused_in_words(given):
    with pytest.raises(BadRequest) as refusal:
        parse_rules(given)

    assert refusal.value.detail.endswith(".")


def test_every_rule_says_what_it_is():
    assert len(BY_NAME) == len(RULES)
    for rule in RULES:
        assert rule.help.endswith(".")
        assert len(rule.reason) <= 40
