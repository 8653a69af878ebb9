"""Text, JSON, XML, masks and names: what every reader stands on."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from annotations.formats.reading import FolderTree, json_items, texts
from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.masks import MAX_OUTLINE, column_spans, counts_of, outlines, simplified
from annotations.formats.reading.numbers import number, numbers
from annotations.formats.reading.records import Unreadable
from annotations.formats.reading.scope import split_of
from annotations.formats.reading.xml_elements import elements
from annotations.formats.reading.yolo_lines import rectangle_of
from annotations.geometry import Geometry, corners
from tests.annotations.formats.reading.trees import MemoryTree

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_come_out_of_every_encoding_and_ending(encoding, end):
    told = end.join(["Boot Größe 1", "", "second", "third"]) + end

    found = list(texts.lines(io.BytesIO(told.encode(encoding))))

    assert [text for _, text in found if text] == ["Boot Größe 1", "second", "third"]
    assert found[3] == (4, "third")


def test_a_line_end_between_two_reads_is_one(monkeypatch):
    monkeypatch.setattr(texts, "STEP_BYTES", 3)

    assert [text for _, text in texts.lines(io.BytesIO(b"ab\r\ncd\r\n"))] == ["ab", "cd"]


@given(document=st.dictionaries(st.text(max_size=5), JSON, max_size=5), step=st.integers(1, 20))
def test_json_comes_out_as_json_reads_it_however_it_is_cut(document, step):
    stream = io.BytesIO(json.dumps(document, ensure_ascii=False).encode())
    found: dict = {}
    try:
        json_items.STEP_BYTES, before = step, json_items.STEP_BYTES
        for key, at, value in items(stream):
            if at is None:
                found[key] = value
            else:
                found.setdefault(key, []).append(value)
    finally:
        json_items.STEP_BYTES = before

    assert found == document


@pytest.mark.parametrize(
    "text", ['{"a": 1', '{"a": [1, 2', "{'a': 1}", '{"a": 1} x', "[1, 2,]", "", '{"a" 1}', "nan"]
)
def test_what_is_no_json_says_where(text):
    with pytest.raises(Unreadable, match="no JSON from character"):
        list(items(io.BytesIO(text.encode())))


def test_a_head_tells_keys_of_the_outer_and_the_inner_objects():
    head = json_head('{"images": [{"file_name": "a \\" b", "n": 1}], "x": {"y": "z"}, "cut')

    assert head.opening == "{"
    assert head.keys == {"images", "x"}
    assert head.inner == {"file_name", "n", "y"}
    assert json_head('[{"data": {"image": 1}}').keys == {"data"}
    assert json_head("<xml").opening == ""


def test_xml_lies_about_its_encoding_and_is_read():
    body = '<?xml version="1.0" encoding="utf-16"?><a><b>Größe</b><b x="1"/></a>'.encode()

    found = list(elements(io.BytesIO(body), ("b",)))

    assert [(one.text, one.get("x")) for one in found] == [("Größe", None), (None, "1")]


@given(
    cells=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 5)), min_size=1, max_size=30),
)
def test_outlines_of_masks_cover_the_same_pixels(cells):
    """Drawn again by pycocotools, outlines without holes are the mask they came from."""
    numpy = pytest.importorskip("numpy")
    width, height = 8, 6
    grid = numpy.zeros((height, width), dtype=numpy.uint8, order="F")
    for x, y in cells:
        grid[y, x] = 1
    packed = coco_mask.encode(grid)

    rings, holes = outlines(column_spans(counts_of(packed["counts"].decode()), height, width))

    if not holes:
        flat = [[value for point in ring for value in point] for ring in rings]
        again = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(flat, height, width)))
        assert (again == grid).all()


def test_a_ragged_outline_is_thinned_until_it_can_be_stored():
    ring = [(float(at), float(at % 2)) for at in range(9000)] + [(9000.0, 50.0), (0.0, 50.0)]

    thin = simplified(ring)

    assert len(thin) <= MAX_OUTLINE
    assert max(x for x, _ in thin) == 9000


@given(
    x=st.floats(10, 90), y=st.floats(10, 90), w=st.floats(5, 60), h=st.floats(5, 60), turn=st.floats(0, 359.9)
)
def test_four_corners_are_the_turned_box_again(x, y, w, h, turn):
    wanted = corners(Geometry(x, y, w, h, turn))

    found = rectangle_of(wanted)

    assert found is not None
    again = corners(Geometry(found.x, found.y, found.w, found.h, found.rotation))
    for a, b in zip(wanted, again, strict=True):
        assert abs(a[0] - b[0]) + abs(a[1] - b[1]) < 0.05
    assert rectangle_of([(0, 0), (90, 0), (120, 60), (0, 60)]) is None


@pytest.mark.parametrize("value", [None, True, "", "x", float("nan"), float("inf"), 10**400, "1e99", [], {}])
def test_what_is_no_number_is_none(value):
    assert number(value) is None
    assert numbers([1, value]) is None


def test_numbers_come_from_text_too():
    assert numbers(["1.5", " 2 ", "3,5", 4], 4) == [1.5, 2.0, 3.5, 4.0]
    assert numbers([1, 2], 4) is None


@pytest.mark.parametrize(
    ("path", "side"),
    [
        ("instances_train2017.json", "train"),
        ("valid/_annotations.coco.json", "val"),
        ("images/val/trainer.jpg", "val"),
        ("test-annotations-bbox.csv", "test"),
        ("photos/contest.jpg", ""),
    ],
)
def test_paths_tell_their_side(path, side):
    assert split_of(path) == side


def test_pictures_are_found_by_their_folders_and_never_guessed():
    listing = Listing(
        MemoryTree(
            dict.fromkeys(
                ("x/train/images/a.JPG", "x/valid/images/a.JPG", "x/b.png", "__MACOSX/._b.png"), b""
            )
        )
    )

    assert listing.picture("a.jpg") is None
    assert listing.picture("train/images/a.jpg") == "x/train/images/a.JPG"
    assert listing.picture("C:\\data\\b.png") == "x/b.png"
    assert listing.picture_of_stem("x/valid/labels/a.txt") == "x/valid/images/a.JPG"
    assert listing.picture("c.png") is None


def test_links_of_a_folder_are_not_followed(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "b.txt").symlink_to("/etc/passwd")

    assert FolderTree(tmp_path).names == ["a.txt"]
