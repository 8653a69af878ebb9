"""The network's shape, as the paper and the engine expect it."""

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")

from inference.engine.heads.yolox import cell_count
from inference.training.network import YoloxNano

pytestmark = [pytest.mark.slow, pytest.mark.train]


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 160), (416, 416)])
def test_every_cell_answers_one_row(height: int, width: int):
    network = YoloxNano(6).eval()

    with torch.no_grad():
        rows = network(torch.zeros(2, 3, height, width))

    assert rows.shape == (2, cell_count((width, height)), 11)
    assert ((rows[..., 4:] >= 0) & (rows[..., 4:] <= 1)).all()


def test_it_has_as_many_parameters_as_the_paper_says():
    assert sum(part.numel() for part in YoloxNano(80).parameters()) == 912_159


def test_scores_are_the_logits_after_the_sigmoid_and_boxes_are_as_they_come():
    torch.manual_seed(0)
    network = YoloxNano(3).eval()
    pictures = torch.rand(1, 3, 64, 64) * 255

    with torch.no_grad():
        rows, logits = network(pictures), network.logits(pictures)

    assert torch.equal(rows[..., :4], logits[..., :4])
    assert torch.equal(rows[..., 4:], logits[..., 4:].sigmoid())


def test_a_fresh_network_expects_to_see_nothing():
    torch.manual_seed(0)

    with torch.no_grad():
        rows = YoloxNano(3).eval()(torch.rand(1, 3, 64, 64) * 255)

    assert rows[..., 4:].max() < 0.1
