"""Turns by arithmetic alone."""

from datetime import UTC, datetime, timedelta

import pytest

from inference.language.pace import turn_after

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)


def waits(moments: list[float], per_minute: int, burst: int) -> list[float]:
    """How long each request waits that comes so many seconds after noon."""
    last, told = None, []
    for moment in moments:
        seconds, last = turn_after(last, NOON + timedelta(seconds=moment), per_minute, burst)
        told.append(seconds)
    return told


def test_some_go_at_once_and_the_others_in_turn():
    assert waits([0, 0, 0, 0, 0], 60, 2) == pytest.approx([0, 0, 1, 2, 3])


def test_who_comes_later_has_waited_already():
    assert waits([0, 0.5, 0.5, 9], 60, 1) == pytest.approx([0, 0.5, 1.5, 0])


def test_time_without_requests_saves_no_more_than_a_burst():
    assert waits([0, 600, 600, 600, 600], 60, 3) == pytest.approx([0, 0, 0, 0, 1])


def test_no_more_at_once_than_a_minute_has():
    assert waits([0, 0, 0], 2, 8) == pytest.approx([0, 0, 30])
