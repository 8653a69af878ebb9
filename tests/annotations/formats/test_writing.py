import hashlib
import tracemalloc
from uuid import UUID

import pytest
import yaml

from annotations.export_queries import UNREAD
from annotations.formats import FORMAT_NAMES, FORMATS, format_named
from annotations.formats.archive import MANIFEST
from annotations.formats.desk import Desk
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import (
    ALICE,
    PICTURE,
    PREVIEW,
    QUAY,
    FakeFiles,
    box,
    image,
    members,
    parsed,
    written,
)

ALL = Extras(FakeFiles(), images=True, previews=True)
SAMPLES = [
    image(1, boxes=[box(), box(2, class_id=None)]),
    image(2, "../1.jpg"),
    image(3, "ü=1.jpg", [box(3)]),
]


def test_names_are_unique_and_found():
    assert (
        *("yolo", "yolo_segment", "yolo_obb", "coco", "voc", "kitti", "openimages", "imagefolder"),
        *("cvat", "label_studio", "labelme", "csv", "jsonl", "json", "zip"),
    ) == FORMAT_NAMES
    assert [format_named(name) for name in FORMAT_NAMES] == list(FORMATS)
    with pytest.raises(LookupError):
        format_named("excel")


@pytest.mark.parametrize("extras", [Extras(), ALL], ids=["labels", "all"])
@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_same_input_gives_the_same_bytes(name, extras):
    first, second = (written(name, SAMPLES, extras=extras) for _ in range(2))

    assert first == second


@pytest.mark.parametrize(
    ("name", "extras", "extension"),
    [
        ("yolo", Extras(), ".zip"),
        ("voc", Extras(), ".zip"),
        ("zip", Extras(), ".zip"),
        ("coco", Extras(), ".json"),
        ("json", Extras(), ".json"),
        ("csv", Extras(), ".csv"),
        ("csv", ALL, ".zip"),
        ("coco", ALL, ".zip"),
    ],
)
def test_formats_say_what_their_file_is(name, extras, extension):
    kind = format_named(name).kind(extras)
    data, _ = written(name, SAMPLES, extras=extras)

    assert kind.extension == extension
    assert (kind.content_type == "application/zip") == data.startswith(b"PK")


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_pictures_and_previews_come_along_under_the_names_of_their_labels(name):
    data, tally = written(name, SAMPLES, extras=ALL)

    files = members(data)
    folder = "untagged" if name == "imagefolder" else format_named(name).pictures
    stems = ["1", "1-2", "ü=1"]
    assert [files[f"{folder}/{stem}.jpg"] for stem in stems] == [
        PICTURE + s.filename.encode() for s in SAMPLES
    ]
    assert [files[f"previews/{stem}.jpg"] for stem in stems] == [
        PREVIEW + s.filename.encode() for s in SAMPLES
    ]
    assert tally.images == 3


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_manifest_holds_the_checksum_of_every_member(name):
    data, _ = written(name, SAMPLES, extras=ALL)

    files = members(data)
    listed = {row["name"]: row["sha256"] for row in parsed(files.pop(MANIFEST))["files"]}
    assert listed == {member: hashlib.sha256(body).hexdigest() for member, body in files.items()}


def test_the_zip_is_a_yolo_dataset_a_coco_dataset_and_everything_else():
    data, tally = written("zip", SAMPLES, extras=ALL)

    files = members(data)
    whole, metadata = parsed(files["annotations.json"]), parsed(files["metadata.json"])
    assert yaml.safe_load(files["data.yaml"])["train"] == "images"
    assert files["labels/1.txt"].count(b"\n") == 1
    assert len(parsed(files["annotations/instances_default.json"])["annotations"]) == 2
    assert [len(row["boxes"]) for row in whole["images"]] == [2, 0, 1]
    assert metadata["dataset"] == {"id": str(QUAY.id), "name": "North quay", "version": None}
    assert [row["file"] for row in metadata["images"]] == ["1.jpg", "1-2.jpg", "ü=1.jpg"]
    assert tally.as_dict() == {"images": 3, "boxes": 3, "skipped": {"without_class": 1}}


def test_a_picture_that_can_t_be_read_is_counted_and_costs_nothing_else():
    extras = Extras(FakeFiles(lost=frozenset({"1.jpg"})), images=True, previews=True)

    data, tally = written("coco", [image(1), image(2)], extras=extras)

    assert sorted(members(data)) == [
        "annotations/instances_default.json",
        "images/2.jpg",
        "manifest.json",
        "previews/2.jpg",
    ]
    assert tally.skipped == {"picture_unreadable": 1, "preview_unreadable": 1}


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_memory_does_not_grow_with_the_boxes(name, tmp_path):
    def peak(count: int) -> int:
        crowd = tuple(box(number) for number in range(50))
        images = (image(number, f"{number}.jpg", crowd) for number in range(count))
        folder = tmp_path / str(count)
        folder.mkdir()
        with Desk(folder) as desk:
            tracemalloc.start()
            format_named(name).write(QUAY, images, desk)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    small, large = peak(50), peak(400)

    # Names grow; 17,500 boxes more would be some 20 MB of records, and the buffers of a few files are 2.
    assert large - small < 1_000_000


@pytest.mark.parametrize(
    "known", [known for known in FORMATS if known.reads is not None], ids=lambda known: known.name
)
def test_a_format_looks_at_no_field_that_it_does_not_ask_for(known):
    """Exports leave out what a format does not read, so the bytes have to be the same without it."""
    full = {
        "rotation": 30.0,
        "attributes": {"rig": "ketch"},
        "source": "model",
        "score": 0.5,
        "model": UUID(int=7),
        "provenance": {"slice": [1, 2, 3, 4], "model_name": "nano", "job": None},
        "state": "proposed",
        "z": 3,
        "locked": True,
        "created_by": ALICE,
        "updated_by": ALICE,
        "seq": 9,
    }
    shapes = [
        box(1, **full),
        box(2, shape="polygon", points=((10, 20), (40, 20), (40, 60)), **{**full, "rotation": 0.0}),
    ]
    bare = [
        one._replace(**{name: value for name, value in UNREAD.items() if name not in known.reads})
        for one in shapes
    ]

    assert written(known.name, [image(1, boxes=shapes)]) == written(known.name, [image(1, boxes=bare)])
