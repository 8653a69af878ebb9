from datetime import timedelta

import pytest

from modelship.lib.clock import now
from modelship.web.templatetags.web import (
    ago,
    count,
    icon,
    initials,
    percent,
    plural,
    state_kind,
    state_label,
)


def test_an_icon_is_decoration_unless_it_has_a_label():
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="Done"' in icon("check", label="Done")
    assert "style=" not in icon("check")


@pytest.mark.parametrize(
    ("state", "label", "kind"),
    [
        ("changes_requested", "Changes requested", "bad"),
        ("succeeded", "Done", "ok"),
        ("odd_one", "Odd one", ""),
    ],
)
def test_states_have_words_and_colours(state: str, label: str, kind: str):
    assert (state_label(state), state_kind(state)) == (label, kind)


def test_numbers_read_well():
    assert count(12_345) == "12,345"
    assert count(None) == "0"
    assert (plural(1, "box,boxes"), plural(1_200, "box,boxes")) == ("1 box", "1,200 boxes")


@pytest.mark.parametrize(("part", "whole", "shown"), [(0, 0, 0), (1, 3, 33), (999, 1000, 99), (3, 3, 100)])
def test_percent_is_never_a_hundred_too_early(part: int, whole: int, shown: int):
    assert percent(part, whole) == shown


@pytest.mark.parametrize(("name", "shown"), [("Alice Moreau", "AM"), ("ann.lee", "al"), ("", "?")])
def test_initials(name: str, shown: str):
    assert initials(name) == shown


@pytest.mark.parametrize(
    ("seconds", "words"), [(5, "just now"), (130, "2 min ago"), (7_300, "2 h ago"), (90_000, "1 d ago")]
)
def test_times_are_told_from_now(seconds: int, words: str):
    assert f">{words}</time>" in ago(now() - timedelta(seconds=seconds))


def test_no_time_is_never():
    assert ago(None) == "never"
