"""From any decoded picture to one that a browser, a person and a model see alike: upright, 8 bits, sRGB."""

import io
import math

from PIL import Image, ImageCms
from PIL.Image import Transpose

ORIENTATION_TAG = 0x0112
GPS_TAG = 0x8825
WHITE = (255, 255, 255)

TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation that is still to be applied, 1 to 8; damaged or missing EXIF means 1."""
    if image.format == "TIFF":
        return 1  # Pillow turns these while it decodes them
    value = exif_of(image).get(ORIENTATION_TAG)
    return value if isinstance(value, int) and value in TURNS else 1


def has_gps(image: Image.Image) -> bool:
    """Whether the file says where the picture was taken, in EXIF or in XMP."""
    try:
        place = dict(exif_of(image).get_ifd(GPS_TAG))
    except Exception:  # noqa: BLE001  damaged EXIF raises whatever its parser stumbled over
        place = {}
    xmp = image.info.get("xmp", b"")
    text = xmp if isinstance(xmp, bytes) else str(xmp).encode(errors="replace")
    return bool(place) or b"GPSLatitude" in text


def upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def eight_bit(image: Image.Image) -> Image.Image:
    """The picture as sRGB (mode RGB) or grey (mode L), transparency shown on white."""
    if image.mode == "LAB":
        return _through_profile(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if image.mode.startswith("I") or image.mode == "F":
        return _stretched(image)
    if image.has_transparency_data:
        return _on_white(image)
    if image.mode in ("1", "L"):
        return image.convert("L")
    coloured = image if image.mode in ("RGB", "CMYK") else image.convert("RGB")
    profile = _foreign_profile(image)
    if profile is not None:
        return _through_profile(coloured, profile)
    return coloured if coloured.mode == "RGB" else coloured.convert("RGB")


def exif_of(image: Image.Image) -> Image.Exif:
    """The EXIF block; an empty one where it is missing or damaged."""
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001  as above; the pixels are still good
        return Image.Exif()


def _on_white(image: Image.Image) -> Image.Image:
    seen = image.convert("RGBA")
    ground = Image.new("RGB", image.size, WHITE)
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground


def _stretched(image: Image.Image) -> Image.Image:
    """Sixteen bits and more: the range that the picture uses becomes 0 to 255, as viewers do."""
    wide = image if image.mode == "F" else image.convert("I").convert("F")
    low, high = (float(value) for value in wide.getextrema())  # type: ignore[arg-type]
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return wide.convert("L")
    scale = 255.0 / (high - low)
    return wide.point(lambda value: value * scale - low * scale).convert("L")


def _foreign_profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The picture's own colour profile where it is readable and not sRGB already."""
    data = image.info.get("icc_profile")
    if not data or image.mode not in ("RGB", "CMYK"):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        return None if "sRGB" in ImageCms.getProfileDescription(profile) else profile
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _through_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    try:
        changed = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, ValueError, TypeError):
        changed = None
    if changed is not None:
        return changed
    return image.getchannel(0) if image.mode == "LAB" else image.convert("RGB")
