import io

import pytest
from PIL import Image as Picture

from annotations.formats.reading import FolderTree, read
from tests.annotations.formats.reading.trees import codes, readings

SIZE = (200, 100)
YAML = "names: [boat, crane]\ntrain: images/train\nval: images/val\n"


def picture(width: int, height: int, orientation: int = 1) -> bytes:
    """A JPEG whose header says how the camera was held."""
    sink = io.BytesIO()
    exif = Picture.Exif()
    exif[274] = orientation
    Picture.new("RGB", (width, height)).save(sink, "JPEG", exif=exif)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("line", "shape", "place"),
    [
        ("0 0.5 0.5 0.2 0.4", "box", (80, 30, 40, 40, 0)),
        ("0 .1 .2 .5 .2 .5 .8 .1 .8", "box", (20, 20, 80, 60, 0)),
        ("0 .5 .2 .65 .4 .5 .8 .35 .4", "polygon", (70, 20, 60, 60, 0)),
        ("0 .1 .1 .5 .2 .3 .9", "polygon", (20, 10, 80, 80, 0)),
    ],
)
def test_a_line_is_what_its_numbers_make_it(line, shape, place):
    [image], reading = readings({"data.yaml": YAML, "labels/train/a.txt": line}, size=SIZE)

    [found] = image.shapes
    assert (found.class_name, found.shape, found.state) == ("boat", shape, "accepted")
    assert [round(value) for value in found[2:7]] == list(place)
    assert image.split == "train"
    assert reading.findings.shown == []


def test_one_number_more_is_the_score_of_a_proposal():
    lines = "1 0.5 0.5 0.2 0.4 0.75\n0 .1 .1 .5 .2 .3 .9 0.5\n0 .1 .1 .2 .2 7"

    [image], reading = readings({"classes.txt": "boat\ncrane\n", "a.txt": lines}, size=SIZE)

    told = [(one.class_name, one.shape, one.score, one.state, one.source) for one in image.shapes]
    assert told == [
        ("crane", "box", 0.75, "proposed", "model"),
        ("boat", "polygon", 0.5, "proposed", "model"),
    ]
    [finding] = [finding for finding in reading.findings if finding.severity == "error"]
    assert (finding.code, finding.file, finding.place) == ("bad_line", "a.txt", "3")


def test_poses_are_announced_or_recognised():
    announced = "names: [cat]\ntrain: images\nkpt_shape: [2, 2]\n"

    [image], reading = readings({"data.yaml": announced, "a.txt": "0 .5 .5 .2 .2 .4 .4 0 0"}, size=SIZE)
    [other], _ = readings({"a.txt": "0 .5 .5 .2 .2 .4 .4 2 .6 .6 1 0 0 0"}, size=SIZE)

    assert [list(point) for point in image.shapes[0].points] == [[80, 40, 2], [0, 0, 0]]
    assert next(iter(reading.classes)).skeleton == {"points": ["1", "2"], "edges": []}
    assert [list(point) for point in other.shapes[0].points] == [[80, 40, 2], [120, 60, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("0 0.5 0.5 0.2", "bad_line"),
        ("0 120 40 60 30", "bad_line"),
        ("boat 0.5 0.5 0.2 nan", "bad_line"),
        ("-1 0.5 0.5 0.2 0.2", "bad_line"),
        ("0 0.5 0.5 0 0.2", "zero_area"),
        ("0 1.4 1.4 0.2 0.2", "outside"),
    ],
)
def test_lines_that_are_none_are_told_and_the_others_stay(line, code):
    [image], reading = readings({"data.yaml": YAML, "a.txt": f"0 .5 .5 .1 .1\n{line}\n"}, size=SIZE)

    assert len(image.shapes) == 1
    assert codes(reading) == {code}


def test_boxes_over_the_edge_are_cut_and_it_is_said_by_how_much():
    [image], reading = readings({"data.yaml": YAML, "a.txt": "0 0 0.5 0.2 0.2"}, size=SIZE)

    assert image.shapes[0][2:6] == (0, 40, 20, 20)
    [finding] = reading.findings
    assert (finding.severity, finding.code) == ("warning", "cut_at_edge")
    assert "20.0 px" in finding.what


def test_without_the_picture_nobody_knows_the_size():
    images, reading = readings({"data.yaml": YAML, "labels/a.txt": "0 .5 .5 .1 .1"})

    assert [len(image.shapes) for image in images] == [0]
    assert codes(reading) == {"size_unknown"}


def test_classes_without_a_name_come_in_by_number():
    [image], reading = readings({"a.txt": "7 .5 .5 .1 .1\n7 .4 .4 .1 .1", "classes.txt": "boat"}, size=SIZE)

    assert [shape.class_name for shape in image.shapes] == ["class 7", "class 7"]
    assert [finding.code for finding in reading.findings] == ["unnamed_class"]


def test_pictures_tell_their_size_as_people_see_them(tmp_path):
    """Labels are drawn on the upright picture; the header of this one has it lying."""
    for side in ("train", "valid"):
        (tmp_path / "export" / side / "images").mkdir(parents=True)
        (tmp_path / "export" / side / "labels").mkdir()
        (tmp_path / "export" / side / "images" / "a.JPG").write_bytes(picture(40, 80, orientation=6))
        (tmp_path / "export" / side / "labels" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\r\n")
    (tmp_path / "export" / "train" / "images" / "empty.png").write_bytes(picture(10, 10))
    (tmp_path / "export" / "data.yaml").write_text(
        "\ufefftrain: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['boat']\n"
    )

    reading = read(FolderTree(tmp_path))
    images = list(reading.images())

    assert [(image.path, image.split, image.width, image.height) for image in images[:2]] == [
        ("export/train/images/a.JPG", "train", 80, 40),
        ("export/valid/images/a.JPG", "val", 80, 40),
    ]
    assert images[0].shapes[0][2:6] == (20, 10, 40, 20)
    assert (images[2].name, images[2].labelled) == ("empty.png", False)
    assert {finding.code for finding in reading.findings} == {"picture_without_labels"}


def test_names_alone_are_enough_of_a_description():
    [image], reading = readings({"x/data.yaml": "names:\n- boat\n", "x/a.txt": "0 .5 .5 .1 .1"}, size=SIZE)

    assert [shape.class_name for shape in image.shapes] == ["boat"]
    assert reading.findings.shown == []


def test_one_folder_for_train_and_val_is_no_split():
    yaml = "names: {0: boat}\ntrain: images/train\nval: images/train\n"

    [image], _ = readings({"data.yaml": yaml, "labels/train/a.txt": ""}, size=SIZE)

    assert (image.split, image.shapes, image.labelled) == ("", [], True)


@pytest.mark.parametrize(
    "text", ["names: [a\n", "names: &a [*a]\ntrain: x\n", "a: !!python/object:os.system x\nnames:\n"]
)
def test_a_broken_description_is_told_and_labels_are_read(text):
    images, reading = readings({"data.yaml": f"train: x\n{text}", "a.txt": "0 .5 .5 .1 .1"}, "yolo", SIZE)

    assert [shape.class_name for shape in images[0].shapes] == ["class 0"]
    assert codes(reading) <= {"unreadable"}
