"""Objects, agreement, consensus and scores of small pictures whose values can be counted by hand."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.agreement import NOTHING, Score, Tally, consensus, objects_of, score_of
from tests.annotations.agreement.shapes import box, of_points

# Three people: a cat that all saw, a dog that Cleo calls a cat, a bird that Ana alone saw.
ANA = [box("a1", "cat", 0, 0), box("a2", "dog", 50, 0), box("a3", "bird", 0, 50)]
BOB = [box("b1", "cat", 1, 0), box("b2", "dog", 50, 1)]
CLEO = [box("c1", "cat", 0, 1), box("c2", "cat", 50, 0)]
WORKS = {"ana": ANA, "bob": BOB, "cleo": CLEO}
ALIKE = 90 / 110


def ids(one):
    return {person: mark.id for person, mark in one.marks.items()}


def test_marks_of_one_object_come_together():
    found = objects_of(WORKS)

    assert sorted(map(ids, found), key=str) == [
        {"ana": "a1", "bob": "b1", "cleo": "c1"},
        {"ana": "a2", "bob": "b2", "cleo": "c2"},
        {"ana": "a3"},
    ]
    assert [one.said("cleo") for one in found] == ["cat", "cat", NOTHING]


def test_marks_of_one_class_find_each_other_before_closer_ones_of_another():
    rider, horse = box("a1", "rider", 0, 0, 10, 20), box("a2", "horse", 0, 4, 10, 20)
    theirs = [box("b1", "rider", 0, 3, 10, 20), box("b2", "horse", 0, 1, 10, 20)]

    found = objects_of({"ana": [rider, horse], "bob": theirs})

    assert sorted(map(ids, found), key=str) == [{"ana": "a1", "bob": "b1"}, {"ana": "a2", "bob": "b2"}]


def test_what_is_deleted_or_rejected_is_no_mark():
    gone = [box("a1", "cat", 0, 0, deleted=True), box("a2", "cat", 0, 0, state="rejected")]

    assert [ids(one) for one in objects_of({"ana": gone, "bob": [box("b1", "cat", 0, 0)]})] == [{"bob": "b1"}]


@given(st.data())
def test_objects_are_a_partition_that_order_does_not_change(data):
    numbers = st.floats(0, 30).map(lambda value: round(value, 1))
    kinds = st.sampled_from(["cat", "dog", None])
    works = {
        person: [
            box(f"{person}{at}", data.draw(kinds), data.draw(numbers), data.draw(numbers))
            for at in range(data.draw(st.integers(0, 5)))
        ]
        for person in ("ana", "bob", "cleo")
    }

    found = sorted(map(ids, objects_of(works)), key=str)

    turned = {person: works[person][::-1] for person in reversed(works)}
    assert found == sorted(map(ids, objects_of(turned)), key=str)
    every = sorted(uid for one in found for uid in one.values())
    assert every == sorted(mark.id for marks in works.values() for mark in marks)


def test_agreement_of_one_picture_is_counted_by_hand():
    tally = Tally()

    share = tally.add(WORKS)
    found = tally.result()

    assert (found.pictures, found.objects) == (1, 3)
    # Ana and Bob have two pairs of five marks, Ana and Cleo one of five, Bob and Cleo one of four.
    assert found.f1 == pytest.approx(2 * 4 / 14)
    pairs = {pair.people: pair for pair in found.pairs}
    assert pairs["ana", "bob"].mean_overlap == pytest.approx(ALIKE)
    assert pairs["ana", "bob"].objects == 3
    assert pairs["bob", "cleo"].objects == 2
    # Of three things they say the same twice; by chance cat and dog meet with 1/9 each.
    assert pairs["ana", "bob"].kappa == pytest.approx((2 / 3 - 2 / 9) / (7 / 9))
    assert share == pytest.approx((4 * ALIKE / 5 + 2 * ALIKE / 5 + 2 * (81 / 119) / 4) / 3)
    by_class = {one.class_id: one for one in found.classes}
    assert by_class["bird"].f1 == 0.0
    assert by_class["dog"].f1 == pytest.approx(2 / 4)
    assert (by_class["cat"].objects, by_class["dog"].objects, by_class["bird"].objects) == (2, 1, 1)


def test_empty_pictures_agree_and_one_person_alone_counts_nothing():
    tally = Tally()

    assert tally.add({"ana": [], "bob": []}) == 1.0
    assert tally.add({"ana": ANA}) is None
    found = tally.result()
    assert (found.pictures, found.objects, found.kappa, found.alpha, found.f1) == (1, 0, None, None, None)


def test_everybody_the_same_is_full_agreement():
    tally = Tally()

    assert tally.add({"ana": ANA, "bob": ANA, "cleo": ANA}) == pytest.approx(1.0)
    found = tally.result()

    assert (found.kappa, found.alpha, found.f1, found.mean_overlap) == (1.0, 1.0, 1.0, 1.0)


def test_a_majority_decides_and_its_frame_is_the_median():
    found = consensus(objects_of(WORKS), WORKS, quorum=2)

    assert found.disputes == ()
    merged = {one.box.class_id: one for one in found.agreed}
    assert sorted(merged) == ["cat", "dog"]
    assert (merged["cat"].box.x, merged["cat"].box.y, merged["cat"].box.w, merged["cat"].box.h) == (
        0,
        0,
        10,
        10,
    )
    assert merged["cat"].people == ("ana", "bob", "cleo")
    assert merged["dog"].people == ("ana", "bob")
    assert merged["dog"].overlap == pytest.approx(ALIKE)
    assert (merged["dog"].box.y, merged["dog"].box.h) == (0.5, 10)


def test_of_two_people_what_one_saw_is_disputed():
    works = {"ana": ANA, "bob": BOB}

    found = consensus(objects_of(works), works, quorum=2)

    assert sorted(one.box.class_id for one in found.agreed) == ["cat", "dog"]
    assert [ids(one) for one in found.disputes] == [{"ana": "a3"}]


def test_two_against_two_is_disputed_whatever_the_quorum():
    works = {
        name: [box(name, kind, 0, 0)] for name, kind in zip("abcd", ("cat", "cat", "dog", "dog"), strict=True)
    }

    assert len(consensus(objects_of(works), works, quorum=2).disputes) == 1


def test_who_drew_nothing_at_all_has_a_voice():
    works = {"ana": [ANA[0]], "bob": [], "cleo": []}

    found = consensus(objects_of(works), works, quorum=2)

    assert found.agreed == found.disputes == ()


def test_one_person_alone_is_taken_as_they_drew():
    found = consensus(objects_of({"ana": ANA}), {"ana"}, quorum=1)

    assert sorted(one.box.id for one in found.agreed) == ["a1", "a2", "a3"]
    assert {one.overlap for one in found.agreed} == {1.0}


def test_of_polygons_the_middle_one_is_taken_and_attributes_go_by_majority():
    def square(uid: str, at: float, colour: str):
        corners = [[at, 0.0], [at + 100, 0.0], [at + 100, 100.0], [at, 100.0]]
        shape = of_points("polygon", corners, uid=uid)
        shape.attributes.update({"colour": colour, "seen": [uid]})
        return shape

    works = {
        "ana": [square("a", 0, "red")],
        "bob": [square("b", 5, "blue")],
        "cleo": [square("c", 10, "red")],
    }

    (one,) = consensus(objects_of(works), works, quorum=2).agreed

    assert one.box.id == "b"
    assert one.box.attributes == {"colour": "red", "seen": ["b"]}
    assert works["bob"][0].attributes["colour"] == "blue"


def test_a_median_does_not_depend_on_who_comes_first():
    marks = [box("a", "cat", 0, 0, 10, 30), box("b", "cat", 2, 1, 10, 28), box("c", "cat", 3, 0, 11, 29)]
    frames = set()

    for order in permutations(marks):
        works = {mark.id: [mark] for mark in order}
        (one,) = consensus(objects_of(works), works, quorum=2).agreed
        frames.add((one.box.x, one.box.y, one.box.w, one.box.h))

    assert frames == {(2, 0, 10, 29)}


def test_work_is_scored_against_the_truth():
    truth = [box("t1", "cat", 0, 0), box("t2", "dog", 50, 0), box("t3", "bird", 0, 50)]
    work = [box("w1", "cat", 1, 0), box("w2", "cat", 50, 0), box("w3", "fish", 90, 90)]

    score = score_of(truth, work)

    assert score == Score(right=1, missed=1, extra=1, mixed_up=1, overlaps=pytest.approx(ALIKE))
    assert (score.precision, score.recall, score.f1) == (1 / 3, 1 / 3, pytest.approx(1 / 3))
    assert (score + score).mean_overlap == pytest.approx(ALIKE)
    assert (score_of([], []).precision, score_of([], []).f1) == (None, None)
    assert score_of([], work).precision == 0.0
