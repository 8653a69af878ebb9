from inference.training_curve import MOST_POINTS, Curve


def event(step: int, loss: float = 1.0) -> dict:
    return {
        "step": step,
        "total": loss,
        "losses": {"boxes": 0.5, "objects": 0.3, "classes": 0.2},
        "lr": 0.001,
    }


def test_few_steps_keep_every_point():
    curve = Curve([], 60)

    for step in range(1, 61):
        curve.add(event(step, float(step)))

    assert [(point["step"], point["loss"]) for point in curve.points] == [(n, float(n)) for n in range(1, 61)]


def test_many_steps_become_means_of_equal_spans():
    curve = Curve([], 20_000)

    for step in range(1, 20_001):
        curve.add(event(step, float(step)))

    assert len(curve.points) == MOST_POINTS
    assert curve.points[0] == {
        "step": 50, "loss": 25.5, "boxes": 0.5, "objects": 0.3, "classes": 0.2, "lr": 0.001
    }  # fmt: skip
    assert curve.points[-1]["step"] == 20_000


def test_going_on_from_an_earlier_step_forgets_what_came_after():
    curve = Curve([], 100)
    for step in range(1, 61):
        curve.add(event(step))

    again = Curve(curve.points, 100)
    again.add(event(51, 9.0))

    assert [point["step"] for point in again.points][-2:] == [50, 51]
    assert again.points[-1]["loss"] == 9.0


def test_the_end_keeps_what_waits():
    curve = Curve([], 1000)
    for step in range(1, 1001):
        curve.add(event(step))

    curve.settle()

    assert curve.points[-1]["step"] == 1000
    assert len(curve.points) <= MOST_POINTS
