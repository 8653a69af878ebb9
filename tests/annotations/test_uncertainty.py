import random

import pytest

from annotations.uncertainty import Look, combined, reasons_of


def model(x: float = 0, score: float = 0.9, class_id: str = "boat", **values) -> Look:
    return Look(class_id, x, 0, 20, 20, "model", values.pop("state", "proposed"), score, **values)


def human(x: float = 0, class_id: str = "boat") -> Look:
    return Look(class_id, x, 0, 20, 20, "human", "accepted", is_judged=True)


def kinds(*boxes: Look, others=()) -> dict[str, float]:
    return {reason.kind: reason.score for reason in reasons_of(boxes, others)}


def test_nothing_is_unsure_about_what_people_drew_alone():
    assert reasons_of([human(), human(50)]) == []
    assert combined([]) == 0


def test_scores_near_the_threshold_are_less_sure_and_accepted_ones_surer():
    assert (
        kinds(model(score=0.3))["margin"]
        > kinds(model(score=0.6))["margin"]
        > kinds(model(score=0.95))["margin"]
    )
    assert kinds(model(score=0.3, state="accepted"))["margin"] < kinds(model(score=0.3))["margin"]
    assert "margin" not in kinds(model(score=0.3, state="rejected"))
    assert "0.30" in reasons_of([model(), model(50, 0.3)])[0].detail


def test_slices_disagree_by_class_and_by_score():
    left, right = (0.0, 0.0, 100.0, 100.0), (80.0, 0.0, 100.0, 100.0)

    assert kinds(model(slice=left), model(4, class_id="crane", slice=right))["slices"] == 1
    assert "slices" not in kinds(model(slice=left), model(4, class_id="crane", slice=left))
    assert "slices" not in kinds(model(slice=left), model(40, class_id="crane", slice=right))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (model(1), None),
        (model(8), 1 - 12 / 28),
        (model(1, class_id="crane"), 1.0),
        (model(60, score=0.7), 0.7),
        (model(60, score=0.7, state="rejected", is_judged=True), 0.7),
        (model(60, score=0.7, deleted=True, is_judged=True), 0.7),
        # Another run took it away, not a person.
        (model(60, score=0.7, deleted=True), None),
    ],
)
def test_what_the_model_saw_is_held_against_what_people_drew(seen: Look, expected: float | None):
    assert kinds(human(), seen).get("people") == pytest.approx(expected)


def test_near_duplicates_differ_by_what_they_count():
    assert kinds(human(), others=[{"boat": 1}]) == {}
    assert kinds(human(), others=[{"boat": 1}, {"boat": 1, "crane": 3}]) == {"duplicates": 0.75}


def test_the_order_finds_planted_errors_more_than_twice_as_fast_as_chance():
    """200 reviewed pictures, 30 with an error that people make with what a model proposed; looked at are 50."""
    dice = random.Random(5)
    pictures = [
        [model(60 * n, dice.uniform(0.55, 0.98), state="accepted", is_judged=True) for n in range(6)]
        for _ in range(200)
    ]
    wrong = set(dice.sample(range(200), 30))
    for at in wrong:
        boxes, n = pictures[at], dice.randrange(6)
        boxes[n] = dice.choice(
            [
                # Thrown away although it was there; let through although it was nothing; drawn beside the object.
                model(60 * n, dice.uniform(0.55, 0.98), state="rejected", is_judged=True),
                model(60 * n, dice.uniform(0.25, 0.5), state="accepted", is_judged=True),
                human(60 * n + 9),
            ]
        )
        if boxes[n].source == "human":
            boxes.append(model(60 * n, dice.uniform(0.55, 0.98), deleted=True, is_judged=True))

    order = sorted(range(200), key=lambda at: -combined(reasons_of(pictures[at])))

    assert len(wrong & set(order[:50])) > 2 * 50 * 30 / 200
