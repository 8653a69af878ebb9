"""Views: what they show is what their boxes say, the same number gives the same batch."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (requirements/train)")

import numpy as np

from inference.engine.letterbox import to_tensor
from inference.engine.spec import ModelSpec
from inference.training.framing import View, framed, kept
from inference.training.samples import ViewOptions, Views
from tests.inference.training.rectangles import COLOURS, Rectangles

pytestmark = [pytest.mark.slow, pytest.mark.train]

PLAIN = ViewOptions(colours=False, wear=0.0)


def test_boxes_lie_round_what_the_view_shows():
    batch = Views(Rectangles(most=1), options=PLAIN).batch(0, 40, 160)

    checked = 0
    for box, class_id, view in zip(batch.boxes, batch.class_ids, batch.views, strict=True):
        if (batch.views == view).sum() == 1:
            shown = np.abs(batch.pixels[view].astype(int) - COLOURS[class_id]).sum(axis=2) < 150
            rows, columns = np.nonzero(shown)
            seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert seen == pytest.approx(box, abs=2.5)
            checked += 1
    assert checked > 10


def test_the_same_number_gives_the_same_batch_whatever_came_before():
    views = Views(Rectangles(), seed=3)
    first = views.batch(5, 4, 96)
    views.batch(6, 4, 96)

    again = Views(Rectangles(), seed=3).batch(5, 4, 96)

    assert np.array_equal(first.pixels, again.pixels)
    assert np.array_equal(first.boxes, again.boxes)
    assert not np.array_equal(first.pixels, views.batch(6, 4, 96).pixels)
    assert not np.array_equal(first.pixels, Views(Rectangles(), seed=4).batch(5, 4, 96).pixels)


def test_a_whole_picture_is_what_the_engine_sees():
    options = ViewOptions(whole_share=1.0, turns=False, colours=False, wear=0.0)
    source = Rectangles(1)
    spec = ModelSpec("yolox", (160, 160), ("red",), "images", "output")

    view = Views(source, options=options).batch(0, 1, 160)

    tensor, _ = to_tensor(source.picture(0)[0], spec)
    assert np.array_equal(view.pixels[0].transpose(2, 0, 1), tensor[0])
    assert view.boxes == pytest.approx(source.picture(0)[1] / 2)


def test_few_views_show_nothing():
    batch = Views(Rectangles(64, least=0)).batch(0, 300, 96)

    empty = 300 - len(set(batch.views.tolist()))
    assert 0 <= empty <= 30


def test_a_picture_without_boxes_is_a_view_too():
    batch = Views(Rectangles(2, least=0, most=0)).batch(0, 3, 96)

    assert batch.pixels.shape == (3, 96, 96, 3)
    assert batch.boxes.shape == (0, 4)


def test_boxes_of_which_too_little_is_left_are_not_asked_for():
    view = View(
        np.zeros((100, 100, 3), np.uint8),
        np.array([[-60, 10, 20, 50], [-10, 10, 20, 50], [50, 50, 52, 90]], np.float32),
        np.array([0, 1, 2]),
    )

    left = kept(view, least_area=0.3, least_side=3.0)

    assert left.class_ids.tolist() == [1]
    assert left.boxes.tolist() == [[0, 10, 20, 50]]


def test_a_window_over_the_edge_is_padded():
    picture = np.full((50, 50, 3), 200, np.uint8)
    box = np.array([[10, 10, 20, 20]], np.float32)

    view = framed(picture, box, np.array([0]), (-20, 30), 1.0, (40, 40))

    assert (view.pixels[:20, 20:] == 200).all()
    assert (view.pixels[:, :20] == 114).all()
    assert (view.pixels[20:] == 114).all()
    assert view.boxes.tolist() == [[30, -20, 40, -10]]


def test_parts_of_a_batch_hold_what_the_batch_holds():
    batch = Views(Rectangles()).batch(0, 5, 64)

    parts = batch.parts(2)

    assert [len(part.pixels) for part in parts] == [3, 2]
    assert np.array_equal(np.concatenate([part.boxes for part in parts]), batch.boxes)
    assert np.array_equal(np.concatenate([parts[0].views, parts[1].views + 3]), batch.views)


def test_a_source_without_pictures_is_refused():
    with pytest.raises(ValueError, match="no pictures"):
        Views(Rectangles(0))


def test_rare_classes_are_aimed_at():
    """One small box of a second class in a wide picture: aimed at, every other view or so shows it whole."""

    class Wide:
        def __len__(self) -> int:
            return 1

        def picture(self, index: int):
            many = [[x, 20, x + 20, 40] for x in range(0, 1900, 40)]
            boxes = np.array([*many, [1000, 900, 1300, 920]], np.float32)
            return np.zeros((1000, 2000, 3), np.uint8), boxes, np.array([0] * len(many) + [1])

    aimed, blind = (
        Views(Wide(), options=replace(PLAIN, whole_share=0.0, mosaic_share=0.0, aimed_share=share)).batch(
            0, 60, 160
        )
        for share in (1.0, 0.0)
    )

    assert (aimed.class_ids == 1).sum() > 20
    assert (blind.class_ids == 1).sum() < 20
