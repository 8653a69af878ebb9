import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.csv import COLUMNS, neutralised, restored
from annotations.formats.writing import Extras
from tests.annotations.formats.samples import CRANE, FakeFiles, box, image, members, written


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_one_row_a_box_with_every_column():
    judged = box(
        2,
        class_id=CRANE.id,
        score=0.5,
        source="model",
        state="proposed",
        provenance={"slice": [0, 0, 640, 640]},
        attributes={"wet": True},
    )

    data, tally = written("csv", [image(1, boxes=[box(), judged]), image(2)])

    first, second = rows(data)
    assert tuple(first) == COLUMNS
    assert first["filename"] == "1.jpg"
    assert [first[key] for key in ("class", "x", "y", "w", "h", "score")] == [
        "boat",
        "10.0",
        "20.0",
        "30.0",
        "40.0",
        "",
    ]
    assert [second[key] for key in ("class", "score", "state", "source")] == [
        'crane: "big"',
        "0.5",
        "proposed",
        "model",
    ]
    assert json.loads(second["slice"]) == [0, 0, 640, 640]
    assert json.loads(second["attributes"]) == {"wet": True}
    assert tally.as_dict() == {"images": 2, "boxes": 2, "skipped": {}}


def test_boxes_without_a_class_are_kept():
    data, tally = written("csv", [image(boxes=[box(class_id=None)])])

    [row] = rows(data)
    assert (row["class"], row["class_id"], tally.boxes) == ("", "", 1)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        '"=1',
        "'=1",
        "＝1",
        "＋1",
        "－1",
        "＠A",
        "\n=1",
        "' =1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert neutralised(text) == f"'{text}"
    assert restored(neutralised(text)) == text


@pytest.mark.parametrize("text", ["boat", "a=1", "3-4", "", "Größe", "日本", "e@mail"])
def test_harmless_texts_stay_as_they_are(text):
    assert neutralised(text) == text


@given(st.text())
def test_every_text_comes_back(text):
    assert restored(neutralised(text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_hostile_file_names_come_back_through_a_csv_reader(name):
    data, _ = written("csv", [image(filename=name, boxes=[box()])])

    [row] = rows(data)
    assert restored(row["filename"]) == name
    assert not row["filename"].lstrip(' "').startswith(("=", "+", "-", "@", "\t", "\r"))


def test_with_previews_it_is_an_archive():
    data, _ = written("csv", [image(boxes=[box()])], extras=Extras(FakeFiles(), previews=True))

    files = members(data)
    assert sorted(files) == ["annotations.csv", "manifest.json", "previews/1.jpg"]
    assert len(rows(files["annotations.csv"])) == 1
