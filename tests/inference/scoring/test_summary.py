"""Average precision: exact on cases that can be counted by hand."""

import pytest

from inference.scoring import Picture, Precisions, Spot, summary_of

NAMES = ("ship", "boat")
SHIP = Spot(0, 10, 10, 40, 40)


def scored(*pictures: tuple[list[Spot], list[Spot]], part=None) -> dict:
    matched = Precisions([Picture(truth, found) for truth, found in pictures], len(NAMES))
    return summary_of(matched, NAMES, part)


def test_all_found_exactly_is_one():
    told = scored(([SHIP], [SHIP._replace(score=0.9)]))

    assert (told["ap"], told["ap50"]) == pytest.approx((1, 1))
    assert [one["count"] for one in told["classes"].values()] == [1, 0]
    assert told["classes"]["boat"] == {"ap": 0, "ap50": 0, "count": 0}


@pytest.mark.parametrize("found", [[], [SHIP._replace(kind=1)]])
def test_nothing_right_is_zero(found):
    told = scored(([SHIP], found))

    assert (told["ap"], told["ap50"]) == (0, 0)


def test_a_box_that_overlaps_by_three_quarters_counts_up_to_there():
    """IoU .75: right at the overlaps .50 to .75, which are six of ten."""
    told = scored(([SHIP], [SHIP._replace(h=30)]))

    assert (told["ap"], told["ap50"]) == pytest.approx((0.6, 1))


def test_half_of_two_found_is_about_a_half():
    told = scored(([SHIP, SHIP._replace(x=100)], [SHIP]))

    assert told["ap50"] == pytest.approx(51 / 101)


def test_more_than_a_hundred_boxes_of_a_picture_count():
    boxes = [Spot(0, x * 30, y * 30, 20, 20) for x in range(20) for y in range(20)]

    assert scored((boxes, boxes))["ap50"] == pytest.approx(1)


def test_a_part_of_the_pictures_is_scored_alone():
    told = scored(([SHIP], []), ([SHIP], [SHIP]), part=[1])

    assert (told["ap50"], told["classes"]["ship"]["count"]) == (pytest.approx(1), 1)


def test_without_truth_there_is_nothing_to_reach():
    assert scored(([], [SHIP]))["ap"] == 0
