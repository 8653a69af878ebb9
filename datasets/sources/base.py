"""What every source has: how it describes itself, what it lists, how it is read. Pure."""

import fnmatch
import importlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

from datasets.archives.refusals import Limits
from modelship.lib.errors import Problem, TooLarge, Unprocessable
from modelship.lib.outbound import STRICT, Policy, judge

MAX_KEY_BYTES = 1024
MAX_PART_BYTES = 255
CHUNK_BYTES = 1 << 20
Values = dict[str, str]


@dataclass(frozen=True)
class Field:
    """One thing that a source has to be told; the form and the check of the API are made from it."""

    name: str
    title: str
    help: str = ""
    required: bool = False
    secret: bool = False
    many_lines: bool = False
    choices: tuple[str, ...] = ()
    default: str = ""
    most: int = 1000
    # The places (another field's choices) that it is asked for in; none means all.
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One file as a source lists it. What is equal in size, time and etag is taken to be the same file."""

    key: str
    size: int | None = None
    modified: str = ""
    etag: str = ""


@dataclass(frozen=True)
class Outside:
    """What the operator allows: where calls may go, which folders may be read, how large a file may be."""

    policy: Policy = STRICT
    folders: tuple[str, ...] = ()
    max_bytes: int = 1 << 29
    max_archive_bytes: int = 1 << 32
    limits: Limits = field(default_factory=Limits)
    # Where temporary files go; None is the system's own folder.
    temporary: str | None = None


class Changed(Exception):
    """The file is not the one that was listed any more."""


class Reader(Protocol):
    """An open source."""

    def entries(self) -> Iterator[Entry]:
        """Every file below the prefix, a page at a time; memory does not grow with their number."""
        ...

    def look(self, key: str) -> Entry | None:
        """One file as it is now; None when it is gone."""
        ...

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        """Write exactly the bytes of this entry. Raises Changed when there are others by now, TooLarge,
        Unavailable for what another try may heal, and other Problems for what it can't."""
        ...


def judge_endpoint(values: Values, outside: Outside) -> None:
    """Raises BadRequest for an endpoint that may not be reached."""
    if values.get("endpoint"):
        judge(values["endpoint"], policy=outside.policy)


@dataclass(frozen=True)
class Kind:
    """One kind of source: a module, and a line in SOURCES."""

    name: str
    title: str
    help: str
    fields: tuple[Field, ...]
    open: Callable[[Values, Outside], AbstractContextManager[Reader]] = field(repr=False)
    # Looks at the place before it is kept, and raises a Problem where it may never be opened.
    judge: Callable[[Values, Outside], None] = field(default=judge_endpoint, repr=False)
    # Addresses have no folders, and what follows the path is no part of a file's name.
    is_web: bool = False
    # All threads may read from one that is open.
    is_shared: bool = False
    # The one file to tell of where the whole listing would keep somebody waiting; None where it would not.
    whole: Callable[[Any], Entry | None] = field(default=lambda reader: None, repr=False)

    def field_named(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)


PREFIX = Field(
    "prefix", "Folder", "Only files below this folder, like harbour/2026. Empty means all.", most=500
)


class Capped:
    """A sink that takes no more than it may. Raises TooLarge."""

    def __init__(self, sink: BinaryIO, most: int) -> None:
        self._sink, self._most, self._size = sink, most, 0

    def write(self, piece: bytes) -> int:
        self._size += len(piece)
        if self._size > self._most:
            raise TooLarge(
                f"The file has more than {self._most / 2**20:,.1f} MiB. Make it smaller.",
                code="file_too_large",
                limit=self._most,
            )
        self._sink.write(piece)
        return len(piece)

    def flush(self) -> None:
        self._sink.flush()

    def tell(self) -> int:
        return self._size

    def seekable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True


def sdk(module: str, package: str) -> Any:
    """A library that only one kind of source needs, loaded when that kind is used."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Unprocessable(
            f"This server lacks the library for this source ({package}). "
            "Ask the operator to install requirements/sources.txt.",
            code="library_missing",
        ) from error


def key_problem(key: str) -> Problem | None:
    """Why a name of a foreign storage may not be kept, or None. Names are data here, never paths, and stay so."""
    parts = key.split("/")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in key):
        return _bad_key("contains a control character")
    if key.startswith("/") or "\\" in key or (len(key) > 1 and key[1] == ":"):
        return _bad_key("is an absolute path or has a backslash")
    if ".." in parts or "." in parts:
        return _bad_key("leads out of its folder")
    if any(len(part.encode()) > MAX_PART_BYTES for part in parts) or len(key.encode()) > MAX_KEY_BYTES:
        return _bad_key(f"is longer than {MAX_PART_BYTES} bytes in a part or {MAX_KEY_BYTES:,} in all")
    return None


def _bad_key(why: str) -> Unprocessable:
    return Unprocessable(f"The file's name {why}. Rename it at the source.", code="bad_key")


def wanted(entries: Iterable[Entry], kind: Kind, values: Values) -> Iterator[Entry]:
    """The entries that pass the filters of the source. Hidden files, which systems add by themselves, never do."""
    prefix, pattern = folder_of(values), values.get("pattern", "")
    globs = [one.strip().lower() for one in pattern.split(",") if one.strip()]
    is_flat = values.get("recursive") == "no" and not kind.is_web
    for entry in entries:
        if not kind.is_web and any(
            part.startswith(".") for part in entry.key.removeprefix(prefix).split("/")
        ):
            continue
        if is_flat and "/" in entry.key.removeprefix(prefix):
            continue
        if not globs or any(_matches(display_key(entry.key, kind).lower(), one) for one in globs):
            yield entry


def _matches(key: str, glob: str) -> bool:
    """A glob with a slash is for the whole key, any other for the name."""
    return fnmatch.fnmatchcase(key if "/" in glob else key.rsplit("/", 1)[-1], glob)


def display_key(key: str, kind: Kind) -> str:
    """The part of the key that a file's name is taken from."""
    return re.split("[?#]", key, maxsplit=1)[0] if kind.is_web else key


def stamp(moment: datetime | float | None) -> str:
    if moment is None:
        return ""
    if isinstance(moment, int | float):
        moment = datetime.fromtimestamp(moment, UTC)
    return moment.astimezone(UTC).isoformat()


def folder_of(values: Values) -> str:
    """The prefix with one slash at its end, or nothing."""
    prefix = values.get("prefix", "").strip().strip("/")
    return f"{prefix}/" if prefix else ""
