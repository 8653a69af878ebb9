"""A folder of the server, below one that the operator allows. Links that lead elsewhere are not followed."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from datasets.sources.base import CHUNK_BYTES, Capped, Changed, Entry, Field, Kind, Outside, Values
from modelship.lib.errors import BadRequest, Unavailable, Unprocessable

TICK_SECONDS = 0.05
NO_LINKS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK


class LocalReader:
    def __init__(self, root: Path, max_bytes: int) -> None:
        self.root, self.max_bytes = root, max_bytes

    def entries(self) -> Iterator[Entry]:
        for folder, inner, names in os.walk(self.root, onerror=_away):
            inner.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                try:
                    found = os.lstat(path)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(found.st_mode):
                    yield _entry(os.path.relpath(path, self.root), found)

    def look(self, key: str) -> Entry | None:
        try:
            found = os.lstat(self.root / key)
        except FileNotFoundError:
            return None
        return _entry(key, found) if stat.S_ISREG(found.st_mode) else None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        path = self.root / entry.key
        # A folder above it may have become a link since it was listed.
        if not Path(os.path.realpath(path.parent)).is_relative_to(self.root):
            raise BadRequest("The file lies outside of its folder. Remove the link.", code="outside")
        try:
            number = os.open(path, NO_LINKS)
        except PermissionError as error:
            raise Unprocessable(
                "The server may not read this file. Change its permissions.", code="unreadable"
            ) from error
        except OSError as error:
            raise Changed from error
        capped = Capped(sink, self.max_bytes)
        with open(number, "rb") as file:
            before = _settled(number)
            if not stat.S_ISREG(before.st_mode) or _entry(entry.key, before) != entry:
                raise Changed
            while piece := file.read(CHUNK_BYTES):
                capped.write(piece)
            if _entry(entry.key, os.fstat(number)) != entry or capped.tell() != entry.size:
                raise Changed


def _settled(number: int) -> os.stat_result:
    """The file's state once its time is older than a tick of the file system's clock.

    A write after that gets another time; one within the same tick could not be told from what was read.
    """
    found = os.fstat(number)
    age = time.time() - found.st_mtime
    if 0 <= age < TICK_SECONDS:
        time.sleep(TICK_SECONDS - age)
        found = os.fstat(number)
    return found


def _entry(key: str, found: os.stat_result) -> Entry:
    # The inode tells a file that was replaced within one tick of the clock.
    return Entry(key, found.st_size, str(found.st_mtime_ns), f"{found.st_ino:x}")


def _away(error: OSError) -> None:
    raise Unavailable(
        "A folder of this source can't be read. Check that it is there and may be read.", code="folder_away"
    ) from error


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[LocalReader]:
    root = _allowed(values, outside)
    if not root.is_dir():
        raise Unavailable("There is no such folder. Check its name and its disk.", code="folder_away")
    yield LocalReader(root, outside.max_bytes)


def judge(values: Values, outside: Outside) -> None:
    _allowed(values, outside)


def _allowed(values: Values, outside: Outside) -> Path:
    root = Path(os.path.realpath(values["folder"]))
    allowed = [Path(os.path.realpath(folder)) for folder in outside.folders]
    if not any(root.is_relative_to(folder) for folder in allowed):
        raise BadRequest(
            "This folder is not open to sources. Ask the operator to add it to MODELSHIP_SOURCE_FOLDERS.",
            code="folder_denied",
            field="folder",
        )
    return root


KIND = Kind(
    "local",
    "Folder of the server",
    "A folder that this server sees: a mounted disk or share. The operator opens folders to this.",
    (Field("folder", "Folder", "The full path, like /srv/pictures/harbour.", required=True),),
    opened,
    judge,
)
