"""File names as people see them: kept as data, never used as a path."""

import unicodedata

MAX_NAME_BYTES = 255
MAX_PATH_LENGTH = 1024
# Characters that reorder the text around them, so that `gpj.exe` could read as `exe.jpg`.
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Controls, lone surrogates, unassigned code points, line and paragraph separators.
HIDDEN = ("Cc", "Cs", "Cn", "Zl", "Zp")


def display_name(raw: str) -> str:
    """The last part of `raw` in NFC, without control or bidi characters, at most 255 bytes of UTF-8.

    The extension survives the cut; a name with nothing visible becomes `image`.
    """
    visible = "".join(char for char in raw if char not in BIDI and unicodedata.category(char) not in HIDDEN)
    # Composing can neither bring a hidden character back nor make a separator.
    name = unicodedata.normalize("NFC", visible).replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not name.strip(". "):
        return "image"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16 or not stem:
        return _cut(name, MAX_NAME_BYTES)
    tail = f".{extension}"
    return _cut(stem, MAX_NAME_BYTES - len(tail.encode())) + tail


def display_path(raw: str) -> str:
    """The path that a picture came by, each part as `display_name` shows it: kept as data, never used as a path.

    Nothing in it leads upwards or to a root; the end survives where it is longer than MAX_PATH_LENGTH.
    """
    parts = [part for part in raw.replace("\\", "/").split("/") if part.strip() not in ("", ".", "..")]
    path = "/".join(display_name(part) for part in parts)
    return path[-MAX_PATH_LENGTH:].lstrip("/")


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
