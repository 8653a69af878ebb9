"""Where pictures were taken leaves with an export when that is asked for, and never otherwise."""

import io
import json

import pytest
from PIL import Image as Picture
from PIL.ExifTags import IFD

from annotations.actions.freeze import freeze_dataset
from annotations.export_queries import export_as_it_is
from annotations.models import Export
from datasets.imaging.intrinsic import place_of
from modelship.audit.models import AuditEntry
from tests.annotations.api.worlds import draw, exported, order, picture
from tests.annotations.formats.samples import members
from tests.datasets.pictures import encoded, exif, flag

pytestmark = pytest.mark.django_db

PLACE = [48.8582222, 2.2944444]
CARRIERS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".heic": "HEIF"}


def taken_in_paris(kind: str) -> bytes:
    tags = exif()
    tags.get_ifd(IFD.GPSInfo).update(
        {1: "N", 2: (48.0, 51.0, 29.6), 3: "E", 4: (2.0, 17.0, 40.0), 29: "2024:01:02"}
    )
    return encoded(flag(90, 60), kind, exif=tags)


@pytest.fixture
def paris(alice, dataset):
    """A picture of each format that tells its place, with a box, and one that tells nothing."""
    for extension, kind in CARRIERS.items():
        image = picture(alice, dataset, f"{kind}{extension}", taken_in_paris(kind))
        assert image.intrinsic["gps"] == PLACE, kind
        draw(alice, image, x=1, y=1, w=9, h=9)
    picture(alice, dataset, "nowhere.png", encoded(flag(50, 50)))
    return dataset


def places(files: dict[str, bytes], folder: str) -> dict[str, object]:
    """What each exported picture says of its place."""
    found = {}
    for name, data in files.items():
        if name.startswith(folder):
            with Picture.open(io.BytesIO(data)) as image:
                told = image.getexif().get_ifd(IFD.GPSInfo)
                found[name.rpartition("/")[2]] = place_of(told) if told else None
                assert b"Canary" not in data
                assert b"2024:01" not in data
    return found


@pytest.mark.parametrize("name", ["yolo", "coco", "voc", "csv", "json", "zip"])
def test_pictures_carry_their_place_when_asked_and_previews_never(alice, paris, name):
    body = {"format": name, "include_images": True, "include_previews": True}

    silent = members(exported(alice, paris, **body))
    telling = members(exported(alice, paris, **body, include_gps=True))

    folder = {"yolo": "images/train/", "voc": "JPEGImages/"}.get(name, "images/")
    names = {"JPEG.jpg", "PNG.png", "WEBP.webp", "TIFF.tif", "HEIF.jpg"}
    assert places(telling, folder) == dict.fromkeys(names, PLACE) | {"nowhere.png": None}
    assert places(silent, folder) == dict.fromkeys([*names, "nowhere.png"])
    assert set(places(telling, "previews/").values()) == {None}
    assert not any(b'"gps"' in data or b"include_gps" in data for data in silent.values())


def test_json_tells_it_and_is_as_before_where_nobody_asked(alice, paris):
    silent = json.loads(exported(alice, paris))
    telling = json.loads(exported(alice, paris, include_gps=True))

    assert [image.pop("gps", None) for image in telling["images"]] == [*[PLACE] * 5, None]
    assert telling == silent


def test_the_whole_export_tells_it_beside_the_metadata(alice, paris):
    files = members(exported(alice, paris, format="zip", include_gps=True))

    metadata = json.loads(files["metadata.json"])
    assert [image.get("gps") for image in metadata["images"]] == [*[PLACE] * 5, None]
    assert metadata["selection"]["include_gps"] is True


@pytest.mark.parametrize("name", ["json", "zip"])
def test_the_same_order_gives_the_same_bytes_at_any_time(alice, paris, name):
    freeze_dataset(alice.actor, paris)
    body = {"format": name, "include_gps": True, "version": 1}

    first = exported(alice, paris, **body)
    picture(alice, paris, "later.jpg", taken_in_paris("JPEG") + b"later")

    assert exported(alice, paris, **body) == first


def test_asking_is_audited_and_refused_where_there_is_no_room(alice, paris):
    refusal = order(alice, paris, format="coco", include_gps=True)
    assert (refusal.status_code, refusal.json()["field"]) == (400, "include_gps")
    assert not Export.objects.exists()

    order(alice, paris, include_gps=True)
    order(alice, paris)

    asked, plain = AuditEntry.objects.filter(verb="export.requested").order_by("id")
    assert asked.facts["include_gps"] is True
    assert "include_gps" not in plain.facts


def test_an_export_that_tells_places_is_never_handed_out_for_a_plain_one(alice, paris):
    exported(alice, paris, include_gps=True)

    assert export_as_it_is(paris, "json") is None
    exported(alice, paris)
    assert export_as_it_is(paris, "json").options["include_gps"] is False
