"""What a killed writer leaves behind: whoever goes on there ends in the same bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations.formats import FORMAT_NAMES, format_named
from annotations.formats.desk import POINT, Desk
from annotations.formats.records import ExportDataset, ExportImage
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import BOAT, CRANE, QUAY, FakeFiles, box, image, written

TAG = {"shape": "tag", "x": 0.0, "y": 0.0, "w": 200.0, "h": 100.0}
SAMPLES = [
    image(1, "a.jpg", [box(1), box(2, class_id=None), box(3, score=0.5, source="model")], split="train"),
    image(2, "A.png", [box(4, **TAG)], split="val"),
    image(3, "a.gif", split="train"),
    image(4, "../b.jpg", [box(5, class_id=CRANE.id, rotation=30.0), box(6, **TAG)], split="val"),
    image(5, "lost.jpg", [box(7, shape="polygon", points=[[1.0, 2.0], [9.0, 2.0], [9.0, 8.0]])], split="val"),
]
PICTURES = Extras(FakeFiles(frozenset({"lost.jpg"})), images=True, previews=True)
SIDES = ExportDataset(QUAY.id, QUAY.name, (BOAT, CRANE), splits=("train", "val"))


class Killed(Exception):
    pass


def passing(desk: Desk, start: int, keep_at: int, end: int | None = None) -> Iterator[ExportImage]:
    """The images from `start` on, as an export gives them: kept where it is asked for more after `keep_at`."""
    for number, one in enumerate(SAMPLES[start:], start=start + 1):
        if number == end:
            raise Killed
        yield one
        if number == keep_at:
            desk.keep()


@pytest.mark.parametrize("name", FORMAT_NAMES)
@pytest.mark.parametrize(("dataset", "extras"), [(QUAY, Extras()), (QUAY, PICTURES), (SIDES, PICTURES)])
def test_going_on_after_any_image_gives_the_same_bytes(name, dataset, extras, tmp_path):
    known = format_named(name)
    if dataset.splits and not known.has_sides:
        pytest.skip(f"{name} has no files of their own for the sides.")
    whole = written(name, SAMPLES, dataset=dataset, extras=extras)

    for kept in range(1, len(SAMPLES)):
        folder = tmp_path / str(kept)
        folder.mkdir()
        # More was written after the desk was kept: nobody may find it in the file.
        with Desk(folder) as desk, pytest.raises(Killed):
            known.write(dataset, passing(desk, 0, kept, end=len(SAMPLES)), desk, extras)
        with Desk(folder) as desk:
            found = desk.is_new, desk.counter("tally")["images"]
            tally = known.write(dataset, passing(desk, kept, 0), desk, extras)
            again = desk.result.read_bytes(), tally

        assert found == (False, kept)
        assert again == whole


@pytest.mark.parametrize("damage", ["short", "gone", "torn", "other"])
def test_a_desk_that_does_not_fit_is_a_new_one(damage, tmp_path):
    with Desk(tmp_path, "coco of Monday") as desk, pytest.raises(Killed):
        format_named("coco").write(QUAY, passing(desk, 0, 2, end=4), desk)
    if damage == "short":
        os.truncate(tmp_path / "result", 10)
    elif damage == "gone":
        (tmp_path / "result.annotations").unlink()
    elif damage == "torn":
        (tmp_path / POINT).write_bytes(b'{"subject":"coco of Mon')

    with Desk(tmp_path, "coco of Sunday" if damage == "other" else "coco of Monday") as desk:
        is_new, counts = desk.is_new, dict(desk.counter("tally"))
        format_named("coco").write(QUAY, iter(SAMPLES), desk)
        result = desk.result.read_bytes()

    assert (is_new, counts) == (True, {})
    assert result == written("coco", SAMPLES)[0]


def test_what_was_written_after_the_last_keep_is_forgotten(tmp_path):
    with Desk(tmp_path) as desk:
        desk.file("a/b").write(b"kept")
        desk.counter("c")["n"] = 1
        desk.keep()
        desk.file("a/b").write(b" and lost")
        desk.file("late").write(b"lost")
        desk.counter("c")["n"] = 2

    with Desk(tmp_path) as desk:
        lengths = desk.file("a/b").tell(), desk.file("late").tell()
        desk.file("a/b").write(b"!")
        assert (lengths, desk.counter("c")["n"]) == ((4, 0), 1)
        desk.flush()
    assert (Path(tmp_path) / "a-b").read_bytes() == b"kept!"
