"""SimOTA: cells near a box answer for it, however small it is and however many there are."""

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")

from inference.training.assignment import Targets, assign, decoded, paired_iou
from inference.training.losses import losses
from inference.training.network import cells_of

pytestmark = [pytest.mark.slow, pytest.mark.train]

SIZE = (160, 160)
CELLS = 20 * 20 + 10 * 10 + 5 * 5


def rows(pictures: int = 1, classes: int = 2) -> "torch.Tensor":
    return torch.zeros(pictures, CELLS, 5 + classes)


def targets(*boxes: tuple[float, float, float, float], picture: int = 0) -> Targets:
    count = len(boxes)
    corners = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return Targets(corners, torch.ones(count, dtype=torch.long), torch.full((count,), picture))


def test_cells_round_the_centre_answer_for_a_box():
    chosen = assign(rows(), targets((60, 60, 92, 92)), SIZE)

    grid, strides = cells_of(*SIZE)
    middles = (grid[chosen.cells] + 0.5) * strides[chosen.cells, None]
    assert len(chosen.cells) >= 1
    assert ((middles - 76).abs() < 2.5 * strides[chosen.cells, None]).all()
    assert set(chosen.pictures.tolist()) == {0}


def test_the_cell_that_already_sees_the_box_answers_for_it():
    seen = rows()
    # Column 9, row 9 of the first stride: its middle is (76, 76); 32 pixels are four strides.
    cell = 9 * 20 + 9
    seen[0, cell] = torch.tensor([0.5, 0.5, 1.3863, 1.3863, 5.0, -5.0, 5.0])

    chosen = assign(seen, targets((60, 60, 92, 92)), SIZE)

    assert cell in chosen.cells.tolist()
    assert chosen.ious.max() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (155.0, 155.0), (77.5, 3.25), (13.9, 100.1)])
def test_a_box_smaller_than_a_cell_still_finds_one(corner: tuple[float, float]):
    x, y = corner

    chosen = assign(rows(), targets((x, y, x + 5, y + 5)), SIZE)

    assert len(chosen.cells) >= 1


def test_no_cell_answers_twice_even_for_equal_boxes():
    chosen = assign(rows(), targets(*[(60, 60, 92, 92)] * 4, (62, 62, 90, 90)), SIZE)

    assert len(set(chosen.cells.tolist())) == len(chosen.cells)


def test_pictures_of_a_batch_do_not_see_one_another():
    both = Targets(
        torch.tensor([[60.0, 60, 92, 92], [60, 60, 92, 92]]), torch.tensor([0, 1]), torch.tensor([0, 2])
    )

    chosen = assign(rows(3), both, SIZE)

    assert set(zip(chosen.pictures.tolist(), chosen.targets.tolist(), strict=True)) == {(0, 0), (2, 1)}
    alone = assign(rows(), targets((60, 60, 92, 92)), SIZE)
    assert (chosen.pictures == 0).sum() == len(alone.cells)


def test_pictures_without_boxes_only_teach_that_nothing_is_there():
    answers = rows(2).requires_grad_(True)

    seen = losses(answers, targets(), SIZE, l1_gain=1.0)
    seen.total.backward()

    assert (seen.iou.item(), seen.classes.item()) == (0.0, 0.0)
    assert seen.total.item() > 0
    assert answers.grad[..., :4].abs().max() == 0
    assert (answers.grad[..., 4] > 0).all()


def test_three_hundred_boxes_in_each_of_eight_pictures_fit():
    random = torch.Generator().manual_seed(0)
    corners = torch.rand(8 * 300, 2, generator=random) * 150
    boxes = torch.cat([corners, corners + 5 + torch.rand(8 * 300, 2, generator=random) * 40], 1)
    crowd = Targets(
        boxes.clamp(max=160), torch.zeros(8 * 300, dtype=torch.long), torch.arange(8).repeat_interleave(300)
    )
    answers = rows(8).requires_grad_(True)

    seen = losses(answers, crowd, SIZE, l1_gain=1.0)
    seen.total.backward()

    assert torch.isfinite(seen.total)
    assert torch.isfinite(answers.grad).all()


def test_perfect_boxes_cost_nothing():
    answers = torch.tensor([[0.5, 0.5, 1.3862944, 1.3862944]])

    corners = decoded(answers, torch.tensor([[76.0, 76.0]]), torch.tensor([8.0]))

    assert corners[0].tolist() == pytest.approx([60, 60, 92, 92], abs=1e-3)
    assert paired_iou(corners, corners).item() == pytest.approx(1.0)
