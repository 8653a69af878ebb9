"""Real training, small: it learns, it stops when asked, a killed run goes on where it was."""

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")

from dataclasses import replace
from pathlib import Path

from inference.training.loop import NotLearning, Settings, train
from inference.training.network import YoloxNano
from inference.training.samples import Views
from tests.inference.training.rectangles import Rectangles

pytestmark = [pytest.mark.slow, pytest.mark.train]

SMALL = Settings(steps=8, batch=4, sides=(64, 96), warmup=2, checkpoint_every=2)


def fresh() -> YoloxNano:
    torch.manual_seed(0)
    return YoloxNano(3)


def test_losses_go_down():
    settings = Settings(steps=50, batch=8, sides=(160,), warmup=5, l1_share=0.0)

    trained = train(fresh(), Views(Rectangles()), settings)

    totals = [step.total for step in trained.history]
    assert [step.step for step in trained.history] == list(range(50))
    assert sum(totals[-10:]) < 0.9 * sum(totals[:10])


def test_a_stopped_run_resumes_as_if_it_had_not_stopped(tmp_path: Path):
    whole = train(fresh(), Views(Rectangles()), SMALL)
    kept = replace(SMALL, checkpoint=tmp_path / "run.ckpt", resume=True)
    seen: list[int] = []

    train(
        fresh(),
        Views(Rectangles()),
        kept,
        on_step=lambda step, _: seen.append(step),
        should_stop=lambda: len(seen) == 5,
    )
    resumed = train(fresh(), Views(Rectangles()), kept, on_step=lambda step, _: seen.append(step))

    assert seen == list(range(8))
    assert [step.total for step in resumed.history] == pytest.approx(
        [step.total for step in whole.history], rel=1e-3
    )
    for name, value in whole.network.state_dict().items():
        assert torch.allclose(resumed.network.state_dict()[name].float(), value.float(), atol=1e-3), name


def test_a_killed_run_goes_on_from_the_last_checkpoint(tmp_path: Path):
    kept = replace(SMALL, checkpoint=tmp_path / "run.ckpt", resume=True)

    def die(step: int, _: object) -> None:
        if step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(fresh(), Views(Rectangles()), kept, on_step=die)
    steps: list[int] = []
    train(fresh(), Views(Rectangles()), kept, on_step=lambda step, _: steps.append(step))

    assert steps == [4, 5, 6, 7]


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path):
    kept = replace(SMALL, steps=1, checkpoint=tmp_path / "run.ckpt", resume=True)
    train(fresh(), Views(Rectangles()), kept)
    before = kept.checkpoint.read_bytes()

    with pytest.raises(ValueError, match="not of this network"):
        train(YoloxNano(5), Views(Rectangles()), kept)

    assert kept.checkpoint.read_bytes() == before


def test_a_frozen_backbone_stays_as_it_is_to_the_bit():
    network = fresh()
    network.backbone.requires_grad_(False)
    before = {name: value.clone() for name, value in network.state_dict().items()}

    trained = train(network, Views(Rectangles()), SMALL).network.state_dict()

    changed = {name for name, value in trained.items() if not torch.equal(value, before[name])}
    assert not [name for name in changed if name.startswith("backbone.")]
    assert len([name for name in changed if name.startswith("heads.")]) > 20


def test_losses_that_are_no_numbers_end_the_run():
    network = fresh()
    with torch.no_grad():
        network.heads[0].objectness.bias.fill_(float("nan"))

    with pytest.raises(NotLearning):
        train(network, Views(Rectangles()), SMALL)
