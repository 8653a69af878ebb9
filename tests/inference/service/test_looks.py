"""What a look under way tells who follows it, and how it is stopped."""

import pytest

from inference.service.looks import KEPT, Looks
from modelship.lib.errors import NotFound, Unprocessable

NAME = "0" * 32


def slice_seen(done: int, total: int = 5_000, **more) -> dict:
    box = {"boxes": [[1, 2, 3, 4]], "scores": [0.5], "class_ids": [0], "class_names": ["a"], "slices": [None]}
    return {"done": done, "total": total, "tile": [0, 0, 64, 64], **box, **more}


def test_each_slice_is_told_once():
    looks = Looks()

    with looks.under_way(NAME) as look:
        look.hear(slice_seen(1))
        first = looks.since(NAME, 0)
        look.hear(slice_seen(2))
        second = looks.since(NAME, first.next)

    assert ([part.done for part in first.results], first.next) == ([1], 1)
    assert ([part.done for part in second.results], second.next) == ([2], 2)


def test_who_asks_seldom_hears_of_the_latest_slices():
    looks = Looks()

    with looks.under_way(NAME) as look:
        for done in range(1, KEPT + 11):
            look.hear(slice_seen(done))
        told = looks.since(NAME, 0)

    assert (told.results[0].done, len(told.results), told.next) == (11, KEPT, KEPT + 10)


def test_a_look_is_stopped_by_its_name():
    looks = Looks()

    with looks.under_way(NAME) as look:
        before = look.should_stop()
        looks.stop(NAME)
        after = look.should_stop()

    assert (before, after) == (False, True)


def test_a_look_that_is_over_or_never_was_is_not_found():
    looks = Looks()
    with looks.under_way(NAME):
        pass

    for ask in (lambda: looks.since(NAME, 0), lambda: looks.stop("1" * 32)):
        with pytest.raises(NotFound) as refusal:
            ask()
        assert refusal.value.code == "look_unknown"


@pytest.mark.parametrize(
    "lie",
    [
        {"done": 9, "total": 3},
        {"boxes": [[3, 2, 1, 4]]},
        {"scores": [2]},
        {"boxes": []},
        {"tile": [1]},
        {"done": "x"},
    ],
)
def test_a_child_that_lies_about_a_slice_is_not_believed(lie):
    with Looks().under_way(NAME) as look, pytest.raises(Unprocessable):
        look.hear({**slice_seen(1), **lie})
