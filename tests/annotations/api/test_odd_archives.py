"""Archives as people send them: read where that can be, and where not, told by file what is so and what to do."""

import gzip
import io
import json
import zipfile
from typing import Any

import pytest

from annotations.models import Box
from datasets.models import Dataset, Image
from tests.annotations.api.importing import checked, coco, imported, send
from tests.annotations.api.worlds import exported, picture
from tests.datasets.pictures import encoded, flag
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db
PNG = encoded(flag(200, 100))
LABELS = coco({"quay.png": [("boat", [10.0, 20.0, 30.0, 40.0])]})
VOC = (
    b"<annotation><filename>quay.png</filename><size><width>200</width><height>100</height></size><object>"
    b"<name>boat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object></annotation>"
)
QUAY = {"filename": "quay.png", "width": 200, "height": 100}
TABLE = "image,xmin,ymin,xmax,ymax,class\nquay.png,1,2,30,40,böat\n"


def packed(*files: tuple[str, bytes | str]) -> bytes:
    """With names as they are told, twice too."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


READ = {
    "nested five deep": (
        "a.zip",
        packed(("a/b/c/d/e/i.json", LABELS), ("a/b/c/d/e/images/quay.png", PNG)),
    ),
    "paths of Windows": ("a.zip", packed(("labels\\i.json", LABELS), ("images\\quay.png", PNG))),
    "paths of Windows in the labels": ("a.json", LABELS.replace(b"quay.png", rb"C:\\data\\quay.png")),
    "from a Mac": (
        "a.zip",
        packed(
            ("i.json", LABELS),
            ("quay.png", PNG),
            ("__MACOSX/._i.json", b"\0\5\x16\7Mac OS X"),
            ("__MACOSX/._quay.png", b"\0\5"),
            (".DS_Store", b"\0\0\0\1Bud1"),
        ),
    ),
    "upper case": ("A.ZIP", packed(("I.JSON", LABELS), ("QUAY.PNG", PNG))),
    "an archive named otherwise": ("a.json", packed(("i.json", LABELS))),
    "JSON with a mark": ("a.json", b"\xef\xbb\xbf" + LABELS),
    "JSON in UTF-16": ("a.json", LABELS.decode().encode("utf-16")),
    "CSV with a mark": ("a.csv", TABLE.encode("utf-8-sig")),
    "CSV in UTF-16": ("a.csv", TABLE.encode("utf-16")),
    "CSV in UTF-32": ("a.csv", TABLE.encode("utf-32")),
    "CSV in Windows-1252": ("a.csv", TABLE.encode("cp1252")),
    "CSV with semicolons": ("a.csv", TABLE.replace(",", ";").encode()),
    "two formats": ("a.zip", packed(("i.json", LABELS), ("Annotations/quay.xml", VOC), ("quay.png", PNG))),
    "an archive beside the labels": ("a.zip", packed(("i.json", LABELS), ("more.zip", packed(("x", b"x"))))),
    "a name twice": ("a.zip", packed(("i.json", LABELS), ("i.json", LABELS), ("quay.png", PNG))),
}
# What is said besides of what is read, by the file that it is about.
BESIDES = {
    "two formats": {("file_not_read", "Annotations/quay.xml")},
    "an archive beside the labels": {("nested_archive", "more.zip")},
    "a name twice": {("duplicate_name", "i.json")},
}
REFUSED = {
    "an archive in an archive": (
        "a.zip",
        packed(("in.zip", packed(("i.json", LABELS)))),
        ("nested_archive", "in.zip"),
    ),
    "another kind of archive": ("a.rar", b"Rar!\x1a\x07\x00" + b"x" * 50, ("nested_archive", "a.rar")),
    "packed alone": ("a.json.gz", gzip.compress(LABELS), ("nested_archive", "a.json.gz")),
    "an archive that is cut off": (
        "a.zip",
        packed(("i.json", LABELS), ("quay.png", PNG))[:-40],
        ("corrupt", "a.zip"),
    ),
    "no archive": ("a.zip", b"words", ("not_an_archive", "a.zip")),
    "JSON named as an archive": ("a.zip", LABELS, ("wrong_ending", "a.zip")),
    "JSON named as text": ("a.txt", LABELS, ("wrong_ending", "a.txt")),
    "a workbook": ("a.xlsx", packed(("[Content_Types].xml", "<Types/>")), ("workbook", "a.xlsx")),
    "an empty label file": ("a.zip", packed(("i.json", b""), ("quay.png", PNG)), ("empty_file", "i.json")),
    "something else": ("a.pdf", b"%PDF-1.7", ("unknown_file", "a.pdf")),
    "pictures alone": ("a.zip", packed(("quay.png", PNG)), ("pictures_alone", "quay.png")),
    "labels alone": (
        "a.zip",
        packed(("i.json", coco({"lost.png": [("boat", [1, 1, 9, 9])]}))),
        ("no_such_picture", "i.json"),
    ),
    "an empty picture": (
        "a.zip",
        packed(("i.json", coco({"new.png": [("boat", [1, 1, 9, 9])]})), ("new.png", b"")),
        ("picture_refused", "new.png"),
    ),
    "no picture": (
        "a.zip",
        packed(("i.json", coco({"new.png": [("boat", [1, 1, 9, 9])]})), ("new.png", b"words")),
        ("picture_refused", "new.png"),
    ),
    "a path that leads out": ("a.zip", packed(("../../i.json", LABELS)), ("unsafe_path", "../../i.json")),
    "nothing in it": ("a.zip", packed(), ("unknown_format", "")),
    "labels that are cut off": ("a.json", LABELS[:-30], ("unreadable", "a.json")),
}


def told(row: dict[str, Any], key: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What was found, without notes."""
    return {
        (found["code"], found["file"]): found for found in row[key]["findings"] if found["severity"] != "note"
    }


@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_read(alice: Person, dataset: Dataset, case: str):
    [image] = seed_images(dataset, QUAY)
    name, data = READ[case]

    row = imported(alice, dataset, data, name)

    assert row["state"] == "done"
    assert Box.objects.filter(canvas=image.pk).count() == row["result"]["counts"]["added"] == 1
    found = told(row, "result")
    assert set(found) == BESIDES.get(case, set())
    assert all(one["what"] and one["fix"] for one in found.values())


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_read_is_told_by_file_with_what_to_do(alice: Person, dataset: Dataset, case: str):
    [image] = seed_images(dataset, QUAY)
    name, data, expected = REFUSED[case]

    row = checked(alice, dataset, data, name)
    taken = imported(alice, dataset, data, name)

    found = told(row, "report")
    assert (row["state"], row["report"]["changes"]) == ("checked", 0)
    assert expected in found
    assert found[expected]["what"].endswith((".", "taken in."))
    assert found[expected]["fix"].endswith(".")
    assert taken["state"] == "failed"
    assert taken["job"]["error"]["code"] == "nothing_imported"
    assert (Box.objects.filter(canvas=image.pk).count(), dataset.images.count()) == (0, 1)


def test_nothing_at_all_is_refused_at_the_door(alice: Person, dataset: Dataset):
    answer = send(alice, dataset, b"", "a.zip")

    assert (answer.status_code, answer.json()["code"]) == (422, "empty_file")


def test_a_picture_that_went_out_in_another_format_comes_back_with_its_ending(
    alice: Person, dataset: Dataset, project: Any
):
    turned = flag(60, 40)
    exif = turned.getexif()
    exif[274] = 6
    data = io.BytesIO()
    turned.save(data, "WEBP", exif=exif, lossless=True)
    picture(alice, dataset, "quay.webp", data.getvalue())
    archive = exported(alice, dataset, format="zip")
    twin = Dataset.objects.create(tenant=alice.tenant, project=project, name="Twin", created_by=alice.user)

    row = imported(alice, twin, archive)

    assert row["state"] == "done", json.dumps(row["result"] or row["report"])
    image = Image.objects.get(dataset=twin)
    assert (image.filename, image.width, image.height) == ("quay.png", 40, 60)
