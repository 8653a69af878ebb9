from uuid import UUID
from xml.etree import ElementTree

import pytest

from annotations.formats.records import ExportClass, ExportDataset
from annotations.formats.voc import pixels
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import QUAY, FakeFiles, box, image, members, written
from tests.annotations.formats.voc100 import voc100
from tests.data import shared_data


def objects(xml: bytes) -> list[tuple[str, list[int]]]:
    """An independent reader with integers, as many have."""
    edges = ("xmin", "ymin", "xmax", "ymax")
    return [
        (str(found.findtext("name")), [int(found.findtext(f"bndbox/{edge}", "")) for edge in edges])
        for found in ElementTree.fromstring(xml).iter("object")
    ]


def test_layout_is_that_of_the_development_kit():
    extras = Extras(FakeFiles(), images=True)

    data, tally = written("voc", [image(1, boxes=[box()]), image(2)], extras=extras)

    files = members(data)
    assert sorted(files) == [
        "Annotations/1.xml",
        "Annotations/2.xml",
        "ImageSets/Main/trainval.txt",
        "JPEGImages/1.jpg",
        "JPEGImages/2.jpg",
        "labelmap.txt",
        "manifest.json",
    ]
    assert files["ImageSets/Main/trainval.txt"] == b"1\n2\n"
    assert objects(files["Annotations/1.xml"]) == [("boat", [11, 21, 40, 60])]
    assert objects(files["Annotations/2.xml"]) == []
    assert ElementTree.fromstring(files["Annotations/1.xml"]).findtext("size/width") == "200"
    assert tally.boxes == 1


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 200, (1, 200)), (0.4, 10.4, (1, 10)), (199.7, 200, (200, 200)), (5.2, 5.3, (6, 6))],
)
def test_edges_are_whole_pixels_inside_the_picture(start, end, expected):
    assert pixels(start, end, 200) == expected


def test_names_are_escaped_and_never_break_the_file():
    hostile = ExportDataset(QUAY.id, "a & b", [ExportClass(UUID(int=1), "<b>&\x07\ud7ff\uffff", "#000000")])

    data, _ = written("voc", [image(boxes=[box()])], dataset=hostile)

    assert objects(members(data)["Annotations/1.xml"])[0][0] == "<b>&\ud7ff"


def test_real_boxes_keep_their_place_to_half_a_pixel():
    dataset, images = voc100(shared_data("formats/voc100/gts"))

    data, tally = written("voc", images, dataset=dataset)

    files, seen = members(data), 0
    for expected in images:
        found = objects(files[f"Annotations/{expected.filename.removesuffix('.jpg')}.xml"])
        for (_, (left, top, right, bottom)), box_ in zip(found, expected.boxes, strict=True):
            place = [left - 1, top - 1, right, bottom]
            assert place == pytest.approx([box_.x, box_.y, box_.x + box_.w, box_.y + box_.h], abs=0.5)
            seen += 1
    assert (tally.boxes, seen) == (273, 273)
