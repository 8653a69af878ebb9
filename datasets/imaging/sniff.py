"""What a file is, told by its first bytes; its name and its declared type have to agree."""

from pathlib import PurePosixPath

from datasets.imaging.formats import EXTENSIONS, FORMATS, STRANGERS, Format
from modelship.lib.errors import Unprocessable, UnsupportedType

# What clients send when they don't know: it claims nothing, so there is nothing to contradict.
SILENT_TYPES = ("", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded")
ACCEPTED = "JPEG, PNG, WebP, BMP, TIFF, GIF, AVIF or HEIC"


def sniff(head: bytes) -> Format | None:
    """The format that the first HEAD_BYTES of a file show, or None for anything that we don't decode."""
    return next((known for known in FORMATS if known.matches(head)), None)


def check_type(filename: str, head: bytes, *, declared: str = "") -> Format:
    """The file's format; raises UnsupportedType or Unprocessable where content, name or declared type disagree."""
    found = sniff(head)
    if found is None:
        raise _unknown(head)
    extension = PurePosixPath(filename).suffix.lower()
    if extension not in found.extensions:
        named = f"is named {extension}" if extension else "has no extension"
        raise UnsupportedType(
            f"The file is a {found.name} picture but {named}. Rename it to end in {found.extension}.",
            code="type_mismatch",
        )
    kind = declared.partition(";")[0].strip().lower()
    if kind not in SILENT_TYPES and kind not in found.content_types:
        raise UnsupportedType(
            f"The file is a {found.name} picture but was sent as {kind[:100]}. Send it as {found.content_type}.",
            code="type_mismatch",
        )
    return found


def check_name(filename: str) -> None:
    """Raises UnsupportedType for a name that no picture may have, before a byte is sent."""
    if PurePosixPath(filename).suffix.lower() not in EXTENSIONS:
        raise UnsupportedType(
            f"Pictures end in {', '.join(known.extension for known in FORMATS)}. Choose a {ACCEPTED} file."
        )


def _unknown(head: bytes) -> UnsupportedType | Unprocessable:
    stranger = next((name for name, matches in STRANGERS if matches(head)), None)
    if stranger:
        return UnsupportedType(f"{stranger} files are not supported. Save it as {ACCEPTED}.")
    return Unprocessable(f"The file is not a picture. Choose a {ACCEPTED} file.", code="not_an_image")
