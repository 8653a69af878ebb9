"""What is inside an archive, one member after the other, each with what speaks against it."""

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from datasets.archives.entries import Entry
from datasets.archives.kinds import sniffed
from datasets.archives.refusals import ArchiveRefused, Limits, Meter
from datasets.archives.tars import tar_entries
from datasets.archives.zips import zip_entries

MAX_NAME_BYTES = 255


@dataclass(frozen=True)
class Member:
    """A file in an archive. Where `problem` (code, detail) is set, it can't be opened.

    `open` gives its bytes as a stream, until the next member is asked for; reading raises ArchiveRefused
    at the byte that is one too many. `size` is only what the header says.
    """

    number: int
    name: str
    size: int
    problem: tuple[str, str] | None
    open: Callable[[], BinaryIO]
    modified: str = ""
    checksum: str = ""
    offset: int = 0


def members(path: str, limits: Limits) -> Iterator[Member]:
    """The members of the zip or tar at `path` in its order; folders are left out.

    Raises ArchiveRefused for an archive that is damaged, none at all, or breaks a limit as a whole.
    """
    with open(path, "rb") as file:
        kind = kind_of(file)
        meter = Meter(limits, os.fstat(file.fileno()).st_size)
        entries = zip_entries(file, meter) if kind == "zip" else tar_entries(file, kind, meter)
        yield from judged(entries, meter)


def judged(entries: Iterable[Entry], meter: Meter) -> Iterator[Member]:
    """The files among the entries, each with what speaks against it."""
    seen: set[str] = set()
    for number, entry in enumerate(entries):
        meter.count_entry()
        if entry.is_folder:
            continue
        problem = _path_problem(entry.name) or entry.problem or _size_problem(entry.size, meter.limits)
        folded = unicodedata.normalize("NFC", entry.name).casefold()
        if problem is None and folded in seen:
            problem = "duplicate_name", "Another file before it has the same name. Rename one of them."
        seen.add(folded)
        yield Member(
            number,
            entry.name,
            entry.size,
            problem,
            entry.open,
            entry.modified,
            entry.checksum,
            entry.offset,
        )


def kind_of(file: BinaryIO) -> str:
    """Raises ArchiveRefused for a file that is none."""
    kind = sniffed(file.read(512))
    if kind is None:
        raise ArchiveRefused("not_an_archive", "The file is not a zip or tar archive. Pack it again.")
    file.seek(0)
    return kind


def _path_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with a name that could lead a careless reader out of its folder."""
    parts = name.replace("\\", "/").split("/")
    if not name or "\0" in name or any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        return "unsafe_path", "Its name holds characters that no name may have. Rename it."
    if name.startswith(("/", "\\")) or (len(name) > 1 and name[1] == ":" and name[0].isalpha()):
        return "unsafe_path", "Its path begins at a root. Pack it with a relative path."
    if ".." in parts:
        return "unsafe_path", "Its path leads out of the archive. Pack it with a path without '..'."
    if any(len(part.encode()) > MAX_NAME_BYTES for part in parts) or len(name) > 1024:
        return "name_too_long", f"A name in its path has more than {MAX_NAME_BYTES} bytes. Shorten it."
    return None


def _size_problem(size: int, limits: Limits) -> tuple[str, str] | None:
    if size > limits.member_bytes:
        return "file_too_large", f"It has more than {limits.member_bytes / 2**20:,.1f} MiB. Make it smaller."
    return None
