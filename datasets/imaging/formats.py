"""The formats that pictures may have, and how their first bytes tell them from all others."""

import re
from collections.abc import Callable
from dataclasses import dataclass

HEAD_BYTES = 1024


@dataclass(frozen=True)
class Format:
    """A format that we decode. `name` is Pillow's; the first extension and type are the usual ones."""

    name: str
    extensions: tuple[str, ...]
    content_types: tuple[str, ...]
    matches: Callable[[bytes], bool]

    @property
    def content_type(self) -> str:
        return self.content_types[0]

    @property
    def extension(self) -> str:
        return self.extensions[0]


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _brands(*brands: bytes) -> Callable[[bytes], bool]:
    """An ISO media file that names one of `brands`, as its own or as a compatible one."""
    return lambda head: (
        head[4:8] == b"ftyp"
        and any(
            head[at : at + 4] in brands
            for at in (8, *range(16, min(int.from_bytes(head[:4], "big"), 128), 4))
        )
    )


def _is_bmp(head: bytes) -> bool:
    """`BM` alone begins many texts, so the size of the header that follows must be a known one."""
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in (12, 40, 52, 56, 64, 108, 124)


FORMATS = (
    Format(
        "JPEG",
        (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
        ("image/jpeg", "image/jpg", "image/pjpeg"),
        _starts(b"\xff\xd8\xff"),
    ),
    Format(
        "PNG",
        (".png", ".apng"),
        ("image/png", "image/x-png", "image/apng", "image/vnd.mozilla.apng"),
        _starts(b"\x89PNG\r\n\x1a\n"),
    ),
    Format("WEBP", (".webp",), ("image/webp",), lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP"),
    Format("BMP", (".bmp", ".dib"), ("image/bmp", "image/x-ms-bmp", "image/x-bmp"), _is_bmp),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        ("image/tiff", "image/tif", "image/x-tiff"),
        _starts(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    ),
    Format("GIF", (".gif",), ("image/gif",), _starts(b"GIF87a", b"GIF89a")),
    # Before HEIF: both are still pictures of the same family, and an AVIF file may say so.
    Format("AVIF", (".avif",), ("image/avif",), _brands(b"avif", b"avis")),
    Format(
        "HEIF",
        (".heic", ".heif", ".hif", ".heics", ".heifs"),
        ("image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"),
        _brands(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
    ),
    Format("QOI", (".qoi",), ("image/qoi", "image/x-qoi"), _starts(b"qoif")),
    # All six of the family; PAM (P7) and the floating PFM are other formats.
    Format(
        "PPM",
        (".ppm", ".pgm", ".pbm", ".pnm"),
        tuple(f"image/x-portable-{kind}" for kind in ("pixmap", "graymap", "bitmap", "anymap")),
        lambda head: re.match(rb"P[1-6][\s#]", head) is not None,
    ),
)

# Named so that the refusal can say what the file is; none of these is ever decoded.
STRANGERS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("JPEG XL", _starts(b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
    ("JPEG 2000", _starts(b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")),
    ("ICO", _starts(b"\0\0\1\0", b"\0\0\2\0")),
    ("Photoshop", _starts(b"8BPS")),
    ("OpenEXR", _starts(b"\x76\x2f\x31\x01")),
    ("PAM or PFM", lambda head: re.match(rb"P[7Ff]\s", head) is not None),
    ("SVG", lambda head: re.search(rb"<svg[\s>]", head) is not None),
    ("PDF", _starts(b"%PDF-")),
    ("ZIP", _starts(b"PK\3\4", b"PK\5\6")),
)

# These can be read a few rows at a time, so their size is not bounded by memory.
STREAMED = ("JPEG", "PNG", "TIFF")
EXTENSIONS = tuple(extension for known in FORMATS for extension in known.extensions)


def format_named(name: str) -> Format:
    """The format of that name; KeyError for one that we don't decode."""
    return {known.name: known for known in FORMATS}[name]
