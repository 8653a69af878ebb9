"""What EXIF tells, read as anybody's text: cut, cleaned, and left out where it makes no sense."""

import pytest
from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from datasets.imaging.intrinsic import place_of, told_by

HIGH = {
    GPS.GPSLatitude: (IFDRational(48), IFDRational(51), IFDRational(29)),
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLongitude: (IFDRational(2), IFDRational(17), IFDRational(40)),
    GPS.GPSLongitudeRef: "E",
}


def told(tags=None, inner=None, gps=None) -> dict:
    """Written as a camera would and read back."""
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(IFD.Exif).update(inner or {})
    exif.get_ifd(IFD.GPSInfo).update(gps or {})
    again = Image.Exif()
    again.load(exif.tobytes())
    return told_by(again)


def test_time_camera_lens_and_place():
    tags = {Base.Make: "Canary", Base.Model: "C-1", Base.DateTime: "2020:01:01 00:00:00"}
    inner = {
        Base.DateTimeOriginal: "2019:07:04 12:30:59",
        Base.OffsetTimeOriginal: "+02:00",
        Base.LensModel: "35 mm",
    }

    assert told(tags, inner, HIGH | {GPS.GPSAltitude: IFDRational(354, 10)}) == {
        "camera_make": "Canary",
        "camera_model": "C-1",
        "lens": "35 mm",
        "taken_at": "2019-07-04T12:30:59+02:00",
        "gps": [48.8580556, 2.2944444, 35.4],
    }


def test_a_time_without_an_offset_claims_none():
    assert told({Base.DateTime: "2020:02:03 04:05:06"}) == {"taken_at": "2020-02-03T04:05:06"}


def test_nothing_told_is_nothing():
    assert told() == {}


@pytest.mark.parametrize(
    "moment", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "2020:13:01 00:00:00"]
)
def test_a_time_that_is_none_is_left_out(moment):
    assert told({Base.DateTime: moment}) == {}


def test_hostile_text_becomes_one_short_printable_line():
    words = told({Base.Make: "a\nb\t c" + "x" * 500, Base.Model: "ok\0hidden"})

    assert words["camera_make"].startswith("a b c")
    assert len(words["camera_make"]) == 120
    assert words["camera_model"] == "ok"


def test_west_south_and_below_the_sea_are_negative():
    gps = HIGH | {
        GPS.GPSLatitudeRef: "S",
        GPS.GPSLongitudeRef: "W",
        GPS.GPSAltitude: 5,
        GPS.GPSAltitudeRef: b"\x01",
    }

    assert place_of(gps) == [-48.8580556, -2.2944444, -5.0]


@pytest.mark.parametrize(
    "broken",
    [
        {GPS.GPSLatitude: (IFDRational(48, 0), IFDRational(0), IFDRational(0))},
        {GPS.GPSLatitude: (IFDRational(91), IFDRational(0), IFDRational(0))},
        {GPS.GPSLatitude: "north"},
        {GPS.GPSLatitude: ()},
        {GPS.GPSLongitude: None},
    ],
)
def test_a_place_that_is_none_is_left_out(broken):
    assert place_of(HIGH | broken) is None
