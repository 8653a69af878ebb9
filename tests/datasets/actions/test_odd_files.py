"""Every shared file's outcome: upright where plain Pillow can show it, else refused for what is wrong with it.

What the tables beside the files say holds, but for the exceptions named here.
"""

import csv
import json
from xml.etree import ElementTree

import pytest

from datasets.actions.ingest import ingest_image
from datasets.models import Image
from tests.data import HOME, shared_data
from tests.datasets.pictures import odd_files

ODD = HOME / "odd_images"
# What Pillow raises, as our refusals name it.
CODES = {
    "DecompressionBombError": "too_many_pixels",
    "UnidentifiedImageError": "corrupt",
    "TypeError": "corrupt",
    "OSError": "truncated",
}
# Where we judge otherwise than the table, and why.
EXCEPTIONS = {
    "decompression_bomb.ico": (415, "unsupported_type", "An icon is no picture to label, whatever its size."),
    "struct-image-04-t.svg": (415, "unsupported_type", "A program, not pixels; we name it."),
    "timeout-6646305047838720": (415, "type_mismatch", "It has no extension, which is judged first."),
    "small-invalid.jpg": (422, "corrupt", "Its data stream is broken and not cut."),
    "broken_data_stream.png": (
        422,
        "corrupt",
        "Pillow shows half of it on request; we believe its complaint.",
    ),
    "truncated_end_chunk.png": (422, "truncated", "The same."),
}


def expected(row: dict[str, str]) -> tuple:
    """Status and code of a refusal; 201, upright size and orientation of a picture that enters."""
    name = row["file"].rpartition("/")[2]
    if name in EXCEPTIONS:
        return EXCEPTIONS[name][:2]
    if row["result"] != "ok":
        return 422, CODES[row["result"].partition(":")[0]]
    width, height = json.loads(row["upright_size"])
    return 201, width, height, int(row["orientation"].replace("None", "1"))


def outcome(dataset, actor, path) -> tuple:
    verdict = ingest_image(dataset, path.name, path.read_bytes(), actor=actor)
    if verdict.problem:
        assert verdict.problem.detail.endswith(".")
        return verdict.problem.status, verdict.problem.code
    image = verdict.image
    return {"created": 201, "duplicate": 200}[verdict.status], image.width, image.height, image.orientation


@pytest.mark.parametrize("path", odd_files(ODD), ids=lambda path: path.name)
def test_an_odd_file_s_outcome(alice, dataset, path):
    with open(ODD / "EXPECTED.tsv", newline="") as file:
        rows = {row["file"].rpartition("/")[2]: row for row in csv.DictReader(file, delimiter="\t")}

    assert outcome(dataset, alice.actor, path) == expected(rows[path.name])
    assert Image.objects.count() == (expected(rows[path.name])[0] == 201)


def test_each_exception_is_about_a_file_that_is_there():
    names = {path.name for path in odd_files(shared_data("odd_images"))}

    assert set(EXCEPTIONS) <= names
    assert len(names) >= 60


def test_copies_are_known_by_their_bytes_and_changed_ones_by_their_look(alice, dataset):
    folder = shared_data("duplicates/imagededup")

    found = [outcome(dataset, alice.actor, path)[:2] for path in odd_files(folder)]

    assert sorted(found)[-1] == (422, "not_an_image")
    assert [status for status, _ in found].count(200) == 2
    look = dict(Image.objects.filter(filename__startswith="ukbench00120").values_list("filename", "phash"))
    apart = {name: (look["ukbench00120.jpg"] ^ phash).bit_count() for name, phash in look.items()}
    assert apart["ukbench00120_resize.jpg"] <= 2
    assert min(apart["ukbench00120_hflip.jpg"], apart["ukbench00120_rotation.jpg"]) >= 18


def test_pictures_have_the_size_that_their_labels_say(alice, dataset):
    folder = shared_data("detection")
    sizes = {path.stem: ElementTree.parse(path).find("size") for path in folder.rglob("*.xml")}

    for path in odd_files(folder):
        found = outcome(dataset, alice.actor, path)
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png"):
            assert found == (422, "not_an_image"), path.name
            continue
        assert found[0] == 201, path.name
        if (size := sizes.get(path.stem)) is not None:
            assert found[1:3] == (int(size.findtext("width")), int(size.findtext("height"))), path.name
    drone = Image.objects.get(filename="DJI_0027.JPG")
    assert (drone.width, drone.height, drone.intrinsic["has_gps"]) == (4000, 2250, True)
    assert drone.intrinsic["camera_make"] == "DJI"
