"""What goes along in our ZIP besides labels: history, threads, checksums."""

import json

from annotations.formats.reading.own_json import rows_of
from annotations.formats.reading.scope import Scope
from annotations.formats.writing import Extras
from tests.annotations.formats.reading.trees import MemoryTree, exported, readings
from tests.annotations.formats.samples import FakeFiles, box, image

HISTORY = [{"image": "1", "seq": at, "op": "add"} for at in range(3)]


def archive() -> dict[str, bytes]:
    extras = Extras(FakeFiles(), images=True, rows={"history": iter(HISTORY), "threads": ()})
    return exported("zip", [image(1, boxes=[box()])], extras=extras)


def test_rows_beside_the_labels_go_out_and_come_back():
    files = archive()
    scope = Scope(MemoryTree(files))

    assert list(rows_of("history.jsonl", scope)) == list(enumerate(HISTORY, 1))
    assert list(rows_of("threads.jsonl", scope)) == []
    assert list(rows_of("history.jsonl", Scope(MemoryTree({})))) == []
    assert scope.findings.shown == []
    assert "history.jsonl" in files["manifest.json"].decode()


def test_a_broken_row_is_told_and_the_others_are_read():
    scope = Scope(MemoryTree({"history.jsonl": '{"a":1}\n{"b"\n{"c":2}'}))

    found = list(rows_of("history.jsonl", scope))

    assert found == [(1, {"a": 1}), (3, {"c": 2})]
    assert [finding.place for finding in scope.findings] == ["2"]


def test_labels_that_were_changed_are_read_and_told():
    files = archive()
    whole = json.loads(files["annotations.json"])
    whole["images"][0]["boxes"][0]["x"] = 1.0
    files["annotations.json"] = json.dumps(whole).encode()

    images, reading = readings(files)

    assert images[0].shapes[0].x == 1.0
    assert [(finding.code, finding.file) for finding in reading.findings] == [
        ("checksum", "annotations.json")
    ]


def test_metadata_of_other_images_is_not_mixed_up():
    files = archive()
    files["metadata.json"] = files["metadata.json"].replace(b'"filename":"1.jpg"', b'"filename":"2.jpg"')

    images, reading = readings(files)

    assert images[0].metadata == {}
    assert {finding.code for finding in reading.findings} == {"checksum", "no_metadata"}


def test_rows_belong_to_whole_exports_alone():
    extras = Extras(FakeFiles(), images=True, rows={"history": HISTORY})

    assert "history.jsonl" not in exported("coco", [image(1)], extras=extras)
