"""Names of classes from metadata in the shapes that exporters write."""

import json

import pytest

from inference.engine.class_names import COCO_80, names_for


@pytest.mark.parametrize(
    "metadata",
    [
        {"names": json.dumps(["boat", "crane"])},
        {"names": json.dumps({"0": "boat", "1": "crane"})},
        {"names": "{0: 'boat', 1: 'crane'}"},
        {"classes": "('boat', 'crane')"},
        {"names": json.dumps([" boat\n", "cra\u0000ne"])},
    ],
)
def test_metadata_names_the_classes(metadata: dict[str, str]):
    assert names_for(2, metadata) == ("boat", "crane")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "boat, crane",
        "[1, 2]",
        "{1: 'a', 2: 'b'}",
        "['a', '']",
        "['a']",
        "__import__('os')",
        "[" * 9999,
        "7",
    ],
)
def test_what_does_not_name_every_class_is_ignored(text: str):
    assert names_for(2, {"names": text}) == ("class_0", "class_1")


def test_eighty_unnamed_classes_are_those_of_coco():
    names = names_for(80, {})

    assert names == COCO_80
    assert (len(set(names)), names[0], names[2], names[79]) == (80, "person", "car", "toothbrush")
