"""Reports that can be counted by hand: thresholds, mix-ups, curves, sizes."""

import pytest

from inference.scoring import Picture, Spot, agreement_of, report_of
from inference.scoring.confusion import judged

NAMES = ("ship", "boat", "crane")
SHIP, BOAT = 0, 1
HERE = (10.0, 10.0, 40.0, 40.0)
THERE = (100.0, 100.0, 40.0, 40.0)


def test_what_is_not_sure_counts_for_the_curve_alone():
    picture = Picture(
        [Spot(SHIP, *HERE), Spot(SHIP, *THERE)],
        [Spot(SHIP, *HERE, 0.9), Spot(SHIP, *THERE, 0.2)],
        [True, False],
    )

    report = report_of([picture], NAMES)

    assert report["ap"] == 1.0
    assert (report["right"], report["extra"], report["missed"]) == (1, 0, 1)
    assert (report["precision"], report["recall"], report["f1"]) == (1.0, 0.5, pytest.approx(2 / 3, abs=1e-6))
    assert report["best"] == {"f1": 1.0, "confidence": 0.2, "precision": 1.0, "recall": 1.0}
    [ship] = report["classes"]
    assert (ship["name"], ship["count"], ship["found"], len(ship["curve"])) == ("ship", 2, 1, 101)
    assert (ship["curve"][0], ship["curve"][-1]) == ([0.0, 1.0, 0.9], [1.0, 1.0, 0.2])


def test_a_mix_up_is_one_cell_and_its_own_class_goes_first():
    picture = Picture(
        [Spot(SHIP, *HERE), Spot(BOAT, *THERE)],
        [
            Spot(BOAT, *HERE, 0.95),
            Spot(SHIP, *HERE, 0.5),
            Spot(SHIP, *THERE, 0.9),
            Spot(2, 300, 300, 9, 9, 0.3),
        ],
    )

    report = report_of([picture], NAMES)

    # The ship is right though a boat was surer there; the boat was taken for a ship; a boat and a crane are extra.
    assert report["confusion"] == [[SHIP, SHIP, 1], [BOAT, SHIP, 1], [None, BOAT, 1], [None, 2, 1]]
    assert (report["right"], report["extra"], report["missed"]) == (1, 3, 1)
    crane = next(one for one in report["classes"] if one["name"] == "crane")
    assert (crane["count"], crane["ap"], crane["precision"], crane["best"]) == (0, None, 0.0, None)


def test_each_box_is_found_once():
    picture = Picture([Spot(SHIP, *HERE)], [Spot(SHIP, *HERE, 0.9), Spot(SHIP, *HERE, 0.8)])

    verdict = judged(picture)

    assert (verdict.right, verdict.extra, verdict.missed) == (1, 1, 0)


def test_sizes_are_told_apart():
    small, large = Spot(SHIP, 0, 0, 20, 20), Spot(SHIP, 100, 100, 200, 200)
    picture = Picture([small, large], [large._replace(score=0.9)])

    sizes = report_of([picture], NAMES)["sizes"]

    assert sizes == {
        "small": {"count": 1, "ap": 0.0},
        "medium": {"count": 0, "ap": None},
        "large": {"count": 1, "ap": 1.0},
    }


def test_without_any_box_everything_is_zero():
    report = report_of([Picture([], [])], NAMES)

    assert (report["ap"], report["f1"], report["best"], report["classes"], report["confusion"]) == (
        0.0,
        0.0,
        None,
        [],
        [],
    )


def test_boxes_of_one_score_come_together():
    """Of two boxes at 0.5 one is right: no confidence separates them."""
    picture = Picture([Spot(SHIP, *HERE)], [Spot(SHIP, *HERE, 0.5), Spot(SHIP, *THERE, 0.5)])

    assert report_of([picture], NAMES)["best"] == {
        "f1": pytest.approx(2 / 3, abs=1e-6), "confidence": 0.5, "precision": 0.5, "recall": 1.0,
    }  # fmt: skip


def test_two_ways_agree_where_class_and_place_do_whoever_comes_first():
    first = [Spot(SHIP, *HERE, 0.9), Spot(SHIP, *THERE, 0.8)]
    second = [Spot(SHIP, 12.0, 10.0, 40.0, 40.0, 0.3), Spot(BOAT, *THERE, 0.9)]

    shared, turned = agreement_of(first, second), agreement_of(second, first)

    assert shared.both == [(first[0], second[0])]
    assert (shared.only_first, shared.only_second, shared.differs) == ([first[1]], [second[1]], 2)
    assert (turned.only_first, turned.only_second) == (shared.only_second, shared.only_first)
