"""From an image file's bytes to an upright BGR picture, as a person sees it and as the models were trained.

JPEG goes through OpenCV, whose pixels the reference detections were made from; everything else through
Pillow, which knows more formats. Transparency shows white and deep grey is stretched, as in the viewer.
"""

import io
import threading
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from pillow_heif import register_heif_opener

from inference.engine.errors import ImageRefused
from inference.engine.letterbox import Picture

# Pillow opens MPO as JPEG; a build without a codec does not know its format at all.
Image.init()
# Always the picture itself, never a thumbnail in the file; libheif turns it while it decodes.
register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
FORMATS: list[str] = [
    kind
    for kind in ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF", "PPM", "QOI")
    if kind in Image.OPEN
]
MAX_PIXELS = 200_000_000
UPRIGHT = 1
JPEGS = ("JPEG", "MPO")
_header_lock = threading.Lock()

# What each EXIF orientation asks for: mirror left to right first, then quarter turns clockwise.
TURNS = {
    2: (True, None),
    3: (False, cv2.ROTATE_180),
    4: (True, cv2.ROTATE_180),
    5: (True, cv2.ROTATE_90_COUNTERCLOCKWISE),
    6: (False, cv2.ROTATE_90_CLOCKWISE),
    7: (True, cv2.ROTATE_90_CLOCKWISE),
    8: (False, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def read_image(source: Path | str | bytes, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """The first frame as height x width x 3 bytes in BGR order, turned as its EXIF says.

    Raises ImageRefused for what is no picture, is damaged, or has more than `max_pixels` (judged before decoding).
    """
    content = source if isinstance(source, bytes) else _file_bytes(Path(source))
    try:
        with _opened(content) as image:
            if image.width * image.height > max_pixels:
                raise _too_large()
            orientation = _orientation(image)
            return _turn(_decode(content, image), orientation)
    except ImageRefused:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (UnidentifiedImageError, OSError, ValueError, TypeError, SyntaxError, cv2.error) as error:
        raise ImageRefused(
            "bad_image", "The picture is damaged or of an unknown format. Upload it again."
        ) from error


def _file_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageRefused("unreadable", "The picture's file cannot be read. Upload it again.") from error


def _opened(content: bytes) -> Image.Image:
    """The header, read without Pillow's own limit: the caller's takes its place."""
    with _header_lock:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(content), formats=FORMATS)
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _too_large() -> ImageRefused:
    return ImageRefused("too_large", "The picture has too many pixels. Upload a smaller one.")


def _orientation(image: Image.Image) -> int:
    """What is left to turn; damaged EXIF means nothing, and TIFF is turned by Pillow while it decodes."""
    if image.format == "TIFF":
        return UPRIGHT
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # noqa: BLE001  damaged EXIF raises whatever its parser stumbled over
        return UPRIGHT
    return value if isinstance(value, int) else UPRIGHT


def _turn(picture: Picture, orientation: int) -> Picture:
    mirror, turn = TURNS.get(orientation, (False, None))
    if mirror:
        picture = cv2.flip(picture, 1)  # type: ignore[assignment]
    if turn is not None:
        picture = cv2.rotate(picture, turn)  # type: ignore[assignment]
    return picture


def _decode(content: bytes, image: Image.Image) -> Picture:
    """Pixels as stored, not yet turned."""
    if image.format in JPEGS and image.mode in ("RGB", "L"):
        picture = cv2.imdecode(
            np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
        )
        if picture is not None and picture.shape[:2] == (image.height, image.width):
            return picture  # type: ignore[return-value]
    pixels = np.asarray(_rgb(image))
    return np.ascontiguousarray(pixels[:, :, ::-1])


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
        if converted is not None:
            return converted
    if image.mode.startswith(("I", "F")):
        return _stretched(image).convert("RGB")
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(seen, mask=seen.getchannel("A"))
        return ground
    return image.convert("RGB")


def _stretched(image: Image.Image) -> Image.Image:
    """Deep grey to 8 bits: the range that the picture uses becomes 0 to 255."""
    values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if high > low:
        values = (values - low) * (255 / (high - low))
    return Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
