"""What a picture's file itself tells of it, in the words of our metadata. EXIF is anybody's text: it is cut and cleaned."""

import math
import re
from typing import Any

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base

MAX_TEXT = 120
MOMENT = re.compile(r"^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)")
OFFSET = re.compile(r"^[+-]\d\d:\d\d$")
LIMITS = (9999, 12, 31, 23, 59, 60)
TEXTS = {"camera_make": Base.Make, "camera_model": Base.Model}


def told_by(exif: Image.Exif) -> dict[str, Any]:
    """Time, camera, lens and place as far as the EXIF block tells them; what can't be read is left out.

    `taken_at` is RFC 3339 and has an offset only where the file tells one. `gps` is
    [latitude, longitude] in degrees, or with the altitude in metres as a third number.
    """
    inner = _part(exif, IFD.Exif)
    told: dict[str, Any] = {name: _text(exif.get(tag)) for name, tag in TEXTS.items()}
    told["lens"] = _text(inner.get(Base.LensModel))
    told["taken_at"] = _moment(
        inner.get(Base.DateTimeOriginal) or exif.get(Base.DateTime), inner.get(Base.OffsetTimeOriginal)
    )
    told["gps"] = place_of(_part(exif, IFD.GPSInfo))
    return {name: value for name, value in told.items() if value}


def place_of(gps: dict[int, Any]) -> list[float] | None:
    """Latitude and longitude, signed, and the altitude where there is one; None for what is no place."""
    latitude = _degrees(gps.get(GPS.GPSLatitude), gps.get(GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(GPS.GPSLongitude), gps.get(GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None:
        return None
    height = _number(gps.get(GPS.GPSAltitude))
    if height is None:
        return [latitude, longitude]
    return [latitude, longitude, round(-height if gps.get(GPS.GPSAltitudeRef) in (1, b"\x01") else height, 2)]


def _part(exif: Image.Exif, ifd: IFD) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(ifd))
    except Exception:  # noqa: BLE001  damaged EXIF raises whatever its parser stumbled over
        return {}


def _text(value: Any) -> str:
    """One line of printable text, or nothing."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    plain = value.split("\0", 1)[0].encode("utf-8", "replace").decode()
    return " ".join("".join(char if char.isprintable() else " " for char in plain).split())[:MAX_TEXT]


def _moment(value: Any, offset: Any) -> str:
    found = MOMENT.match(_text(value))
    if found is None:
        return ""
    parts = [int(part) for part in found.groups()]
    if not all(parts[:3]) or any(part > limit for part, limit in zip(parts, LIMITS, strict=True)):
        return ""
    zone = _text(offset)
    year, month, day, hour, minute, second = parts
    return (
        f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone if OFFSET.match(zone) else ''}"
    )


def _degrees(value: Any, side: Any, negative: str, most: int) -> float | None:
    try:
        parts = [_number(part) for part in value]
    except TypeError:
        return None
    if not parts or len(parts) > 3 or None in parts:
        return None
    degrees = sum(part / 60**place for place, part in enumerate(parts) if part is not None)
    if not 0 <= degrees <= most:
        return None
    return round(-degrees if _text(side).upper().startswith(negative) else degrees, 7)


def _number(value: Any) -> float | None:
    """A rational as Pillow hands it over; None for one over zero and the like."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None
