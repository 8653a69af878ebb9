"""Where an export is made: files that only grow, so that another process can go on where one was killed."""

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO, Self

import orjson

# The file that is handed over in the end; what lies beside it is needed on the way.
RESULT = "result"
POINT = "point.json"
# What is made sure of costs a wait for the disk.
KEEP_SECONDS = 2.0
BUFFER_BYTES = 256 << 10


class Desk:
    """Growing files and counts in a folder. What `keep` made sure of is there for whoever sits down next.

    Opened again, each file is as long as it was then and each count what it was, `is_new` is false, and the
    writing goes on. Work of another `subject`, or with a file that is gone or too short, is thrown away.
    """

    def __init__(self, folder: Path, subject: str = "") -> None:
        self._folder, self._subject = folder, subject
        self._files: dict[str, BinaryIO] = {}
        point = self._point()
        self.is_new = point is None
        self._lengths: dict[str, int] = point["lengths"] if point else {}
        counters = point["counters"] if point else {}
        self._counters = {name: Counter[str](counts) for name, counts in counters.items()}
        self._kept_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for file in self._files.values():
            file.close()

    @property
    def result(self) -> Path:
        """Where the finished file lies; whole once the desk is closed or flushed."""
        return self._path(RESULT)

    def file(self, name: str) -> BinaryIO:
        """The file of that name, the same one each time, open for reading and for writing at its end."""
        if name not in self._files:
            self._files[name] = self._open(name)
        return self._files[name]

    def counter(self, name: str) -> Counter[str]:
        return self._counters.setdefault(name, Counter())

    def flush(self) -> None:
        for file in self._files.values():
            file.flush()

    def keep(self) -> None:
        """Make sure that the work goes on from here, whatever happens to this process or to its machine."""
        self.flush()
        for file in self._files.values():
            os.fsync(file.fileno())
        lengths = {name: file.tell() for name, file in self._files.items()}
        point = {"subject": self._subject, "lengths": lengths, "counters": self._counters}
        fresh = self._path(f"{POINT}.new")
        with fresh.open("wb") as file:
            file.write(orjson.dumps(point))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path(POINT))
        self._kept_at = time.monotonic()

    def keep_in_time(self) -> None:
        """Keep, if the last time is a while ago."""
        if time.monotonic() - self._kept_at >= KEEP_SECONDS:
            self.keep()

    def _open(self, name: str) -> BinaryIO:
        descriptor = os.open(self._path(name), os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(descriptor, self._lengths.get(name, 0))
        file = os.fdopen(descriptor, "r+b", BUFFER_BYTES)
        file.seek(0, os.SEEK_END)
        return file

    def _point(self) -> dict[str, Any] | None:
        """What was kept, as long as everything is there that it speaks of."""
        try:
            point: dict[str, Any] = orjson.loads(self._path(POINT).read_bytes())
            sizes = {name: self._path(name).stat().st_size for name in point["lengths"]}
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        is_whole = all(sizes[name] >= length for name, length in point["lengths"].items())
        return point if is_whole and point["subject"] == self._subject else None

    def _path(self, name: str) -> Path:
        return self._folder / name.replace("/", "-")
