"""`manage.py harbour`: pictures in a folder and a COCO file that pycocotools reads."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from PIL import Image
from pycocotools.coco import COCO

from datasets.harbour import CLASSES, View, draw


def harbour(*arguments) -> str:
    out = StringIO()
    call_command("harbour", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_it_draws_as_many_as_asked_in_turns_of_size(tmp_path):
    said = harbour(
        tmp_path / "ports", "--count", 3, "--first-seed", 5, "--size", "320x240", "--size", "400x300"
    )

    truth = COCO(tmp_path / "ports" / "instances.json")
    rows = truth.loadImgs(truth.getImgIds())
    sizes = []
    for row in rows:
        with Image.open(tmp_path / "ports" / row["file_name"]) as picture:
            sizes.append(picture.size)
    assert [row["file_name"] for row in rows] == ["harbour-5.jpg", "harbour-6.jpg", "harbour-7.jpg"]
    assert sizes == [(320, 240), (400, 300), (320, 240)]
    assert [row["name"] for row in truth.loadCats(truth.getCatIds())] == list(CLASSES)
    first = [row["bbox"] for row in truth.loadAnns(truth.getAnnIds(imgIds=[1]))]
    assert first == [[one.x, one.y, one.w, one.h] for one in draw(View(5, 320, 240)).things]
    assert "Drew 3 ports" in said


@pytest.mark.parametrize("size", ["big", "10x10", "99999x100", "320"])
def test_what_is_no_size_is_refused(tmp_path, size):
    with pytest.raises(CommandError, match="is no size"):
        harbour(tmp_path, "--size", size)

    assert list(tmp_path.iterdir()) == []


def test_no_port_at_all_is_refused(tmp_path):
    with pytest.raises(CommandError, match="one port at least"):
        harbour(tmp_path, "--count", 0)


def test_a_place_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(CommandError, match="can't be written"):
        harbour(tmp_path / "taken", "--count", 1)
