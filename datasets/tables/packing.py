"""Files that are packed by themselves: gzip, bzip2, xz. Unpacked within limits that count what really comes out."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from datasets.tables.refusals import Limits, TableRefused

STEP_BYTES = 1 << 20
PACKERS: tuple[tuple[bytes, Callable[[Path], Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ\x00", lzma.open),
)
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError)


def unpacked(path: Path, folder: Path, limits: Limits) -> Path:
    """The file itself where it is not packed, else a new one in the folder. Raises TableRefused for a bomb or a broken one."""
    with path.open("rb") as file:
        head = file.read(6)
    opened = next((opener for mark, opener in PACKERS if head.startswith(mark)), None)
    if opened is None:
        return path
    target = folder / "unpacked"
    most = min(limits.unpacked_bytes, max(limits.grace, path.stat().st_size * limits.ratio))
    size = 0
    try:
        with opened(path) as source, target.open("wb") as out:
            while data := source.read(STEP_BYTES):
                size += len(data)
                if size > most:
                    raise TableRefused(
                        "too_large", f"It unpacks to more than {most / 2**20:,.0f} MiB. Send it unpacked."
                    )
                out.write(data)
    except BROKEN as problem:
        raise TableRefused("damaged", "The packed file is damaged. Pack it again.") from problem
    return target
