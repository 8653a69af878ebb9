"""Bad files: whatever is in them, reading them ends with findings and never with an exception."""

import copy
import json
import random
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotations.formats import FORMAT_NAMES
from annotations.formats.reading import READER_NAMES, MemberTree, read
from annotations.formats.reading.records import KEPT
from datasets.archives import Limits
from datasets.archives.shelf import shelf
from tests.annotations.formats.reading.trees import codes, exported, readings
from tests.annotations.formats.samples import BOAT, box, image

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
SHAPES = [
    box(1, score=0.5, state="proposed", attributes={"wet": True, "age": 3}),
    box(2, shape="polygon", points=[[1, 1], [9, 2], [5, 9]], x=1.0, y=1.0, w=8.0, h=8.0),
    box(3, rotation=30.0),
    box(4, shape="keypoints", points=[[1, 1, 2], [0, 0, 0]], x=1.0, y=1.0, w=0.01, h=0.01),
    box(5, shape="tag", x=0.0, y=0.0, w=200.0, h=100.0),
]
CORPUS = {name: exported(name, [image(1, boxes=SHAPES), image(2)]) for name in FORMAT_NAMES}
OTHERS = {
    "datumaro": {
        "annotations/default.json": '{"info":{},"categories":{"label":{"labels":[{"name":"a"}]}},"items":[{"id":"1",'
        '"annotations":[{"type":"bbox","label_id":0,"bbox":[1,2,3,4]},{"type":"mask","label_id":0,"rle":'
        '{"counts":[3,4,5],"size":[4,3]}}],"image":{"path":"1.jpg","size":[100,200]}}]}'
    },
    "via": {
        "via.csv": "filename,region_shape_attributes,region_attributes\n"
        '1.jpg,"{""name"":""rect"",""x"":1,""y"":2,""width"":3,""height"":4}","{""kind"":""boat""}"\n'
    },
}
PIECES = [
    *(
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"NaN",
        b"1e999",
        b"-1",
        b"null",
        b"[]",
        b"{}",
        b'"',
        b"<a>",
        b"\r",
    ),
    *(b"9" * 5000, b"[" * 3000, b'{"a":' * 3000, b"<x>" * 300, b",", b":", b"true", b"\xe9", "ÿ".encode()),
]


@quick
@given(data=st.data())
def test_no_file_however_broken_raises(data):
    files = dict(data.draw(st.sampled_from([*CORPUS.values(), *OTHERS.values()])))
    name = data.draw(st.sampled_from(sorted(files)))
    body = files[name] if isinstance(files[name], bytes) else files[name].encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(body)))
        end = data.draw(st.integers(start, min(len(body), start + 40)))
        body = body[:start] + data.draw(st.sampled_from(PIECES)) + body[end:]
    files[name] = body[: data.draw(st.sampled_from([None, len(body) // 2, 10, 0]))]

    images, _ = readings(files, data.draw(st.sampled_from([None, *READER_NAMES])), (200, 100))

    for one in images:
        for shape in one.shapes:
            assert shape.w > 0
            assert shape.h > 0


ODD = st.sampled_from(
    [None, True, 0, -1, 1.5, 10**30, "", "x", "1", [], {}, [[]], [None], {"a": None}, [1, 2, 3, 4]]
)
DOCUMENTS = {
    **{
        name: json.loads(body)
        for files in CORPUS.values()
        for name, body in files.items()
        if name.endswith(".json")
    },
    "datumaro.json": json.loads(OTHERS["datumaro"]["annotations/default.json"]),
    "images/1.json": json.loads(CORPUS["labelme"]["images/1.json"]),
    "tasks.json": [
        {"image": "a.jpg", "label": [{"x": 1, "y": 1, "width": 5, "height": 5, "rectanglelabels": ["a"]}]}
    ],
    "masks.json": {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
        "categories": [{"id": 1, "name": "a", "keypoints": ["b"], "skeleton": [[1, 2]]}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "segmentation": {"size": [9, 9], "counts": [3, 4, 5]}},
            {"id": 2, "image_id": 1, "segments_info": [{"id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]}]},
        ],
    },
}


def places(document: Any, path: tuple = ()) -> list[tuple]:
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@settings(quick, max_examples=400)
@given(data=st.data())
def test_no_value_in_the_place_of_another_raises(data):
    name = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    document = json.loads(json.dumps({"": DOCUMENTS[name]}))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(places(document)[1:]))
        inside = document
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = copy.deepcopy(data.draw(ODD))
    text = json.dumps(document[""])
    files = {name: text, "a.jsonl": text}

    readings(
        files,
        data.draw(st.sampled_from([None, *READER_NAMES])),
        data.draw(st.sampled_from([None, (200, 100)])),
    )


def test_half_characters_and_zero_bytes_stay_out_of_names_and_values():
    document = (
        '{"images":[{"id":1,"file_name":"a\\ud800\\u0000.jpg","width":9,"height":9}],"categories":[{"id":1,"name":"b\\ud800"}],'
        '"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"attributes":{"x":"y\\ud800\\u0000"}}]}'
    )

    [one], _ = readings({"a.json": document})

    told = [one.name, one.shapes[0].class_name, one.shapes[0].attributes["x"]]
    assert told == ["a?.jpg", "b", "y?"]


def test_every_reader_survives_every_format_of_the_others():
    chance = random.Random(1)
    for files in (*CORPUS.values(), *OTHERS.values()):
        for name in READER_NAMES:
            readings(files, name, (200, 100) if chance.random() < 0.8 else None)


@pytest.mark.parametrize("name", READER_NAMES)
def test_nothing_at_all_is_an_error_and_not_a_success(name):
    images, reading = readings({}, name)

    assert images == []
    assert codes(reading) == {"nothing_found"}


def test_files_of_no_format_say_so():
    images, reading = readings({"notes.docx": b"PK", "a.json": "[1, 2, 3]"})

    assert (images, reading.format) == ([], "")
    assert [(finding.code, finding.file) for finding in reading.findings] == [
        ("unknown_file", "notes.docx"),
        ("unknown_file", "a.json"),
        ("unknown_format", ""),
    ]


BOMB = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><annotation>&b;</annotation>'
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation>&x;</annotation>'
)


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_entities_are_refused(text):
    images, reading = readings({"a.xml": text}, "voc")

    assert images == []
    assert "entities" in next(finding.what for finding in reading.findings if finding.code == "unreadable")


def test_depth_and_sizes_have_limits():
    deep_xml = f"<annotation>{'<a>' * 5000}{'</a>' * 5000}</annotation>"
    deep_json = '{"images":[' + "[" * 100_000 + "]" * 100_000 + "]}"
    long_line = "0 " + "0.5 " * 400_000
    huge_number = (
        '{"images":[{"id":1,"file_name":"a.jpg","width":'
        + "9" * 6000
        + '}],"annotations":[],"categories":[]}'
    )

    for files, name in (
        ({"a.xml": deep_xml}, "voc"),
        ({"a.json": deep_json}, "coco"),
        ({"a.txt": long_line, "a.jpg": b""}, "yolo"),
        ({"a.json": huge_number}, "coco"),
    ):
        _, reading = readings(files, name, (100, 100))

        assert "unreadable" in codes(reading), name


def test_a_mask_as_large_as_a_country_costs_nothing():
    """Its outline is made of its runs, never of its pixels."""
    document = (
        '{"images":[{"id":1,"file_name":"a.jpg","width":100000,"height":100000}],"categories":[{"id":1,"name":"a"}],'
        '"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":{"size":[100000,100000],'
        '"counts":[0,%d]}},{"id":2,"image_id":1,"category_id":1,"segmentation":{"size":[1000000000,5],"counts":[0,9]}},'
        '{"id":3,"image_id":1,"category_id":1,"segmentation":{"size":[10,10],"counts":[0,1000]}}]}'
    )

    images, reading = readings({"a.json": document % 100_000})

    assert [(shape.shape, shape.w, shape.h) for shape in images[0].shapes] == [("polygon", 1.0, 100000.0)]
    assert reading.findings.count("bad_mask") == 2


def test_findings_are_counted_all_and_kept_some():
    lines = "0 0.5 0.5 nan 0.1\n" * (KEPT + 300)

    _, reading = readings({"a.txt": lines, "classes.txt": "boat"}, size=(100, 100))

    kept = [finding for finding in reading.findings if finding.code == "bad_line"]
    assert (len(kept), reading.findings.count("bad_line")) == (KEPT, KEPT + 300)
    assert reading.findings.by_file["a.txt"]["error"] == KEPT + 300


def test_a_damaged_member_costs_itself_alone(tmp_path):
    path = tmp_path / "labels.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for at in (1, 2):
            archive.writestr(f"labels/{at}.txt", "0 0.5 0.5 0.2 0.2\n" * 50)
        archive.writestr("classes.txt", BOAT.name)
        archive.writestr("../evil.txt", "0 0.5 0.5 0.2 0.2")
    body = path.read_bytes()
    at = body.index(b"0 0.5 0.5")
    path.write_bytes(body[:at] + b"9" + body[at + 1 :])

    with shelf(str(path), Limits()) as members:
        reading = read(MemberTree(members), size_of=lambda name: (100, 100))
        images = list(reading.images())

    assert [len(one.shapes) for one in images if one.name == "2"] == [50]
    assert {"unsafe_path", "unreadable"} <= codes(reading)
