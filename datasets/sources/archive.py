"""One zip or tar that lies in a place of another kind. Each of its members is a file.

It is fetched into a temporary file when its members are first asked for, within the operator's limits, and
read from there: what happens to it at its place meanwhile is the next run's matter.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from threading import Lock
from typing import BinaryIO, cast

from datasets.archives import ArchiveRefused, Member, kind_of_name
from datasets.archives.entries import MemberBroken
from datasets.archives.shelf import shelf
from datasets.sources import azure, dropbox, gcs, local, s3, sftp, web
from datasets.sources.base import (
    CHUNK_BYTES,
    Capped,
    Changed,
    Entry,
    Field,
    Kind,
    Outside,
    Reader,
    Values,
)
from modelship.lib.errors import BadRequest, Conflict, Problem, Unavailable, Unprocessable
from modelship.lib.outbound import judge as judge_address

PLACES: dict[str, Kind] = {
    kind.name: kind for kind in (local.KIND, web.KIND, s3.KIND, dropbox.KIND, gcs.KIND, azure.KIND, sftp.KIND)
}
# Where in its place the archive lies is told by `path` alone.
TOLD_BY_PATH = ("folder", "prefix", "urls")
FETCHES = 3
# Larger ones are not fetched by a test, which somebody waits for.
QUICK_BYTES = 64 << 20
FULL_BYTES = 1 << 20


class ArchiveReader:
    """All threads share it, so that the archive is fetched once."""

    def __init__(self, place: Reader, key: str, outside: Outside) -> None:
        self.place, self.key, self.outside = place, key, outside
        self._files = ExitStack()
        self._lock = Lock()
        self._members: dict[str, tuple[Entry, Member]] | None = None

    def entries(self) -> Iterator[Entry]:
        return (entry for entry, _ in self._known().values())

    def look(self, key: str) -> Entry | None:
        found = self._known().get(key)
        return found[0] if found else None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        held, member = self._known().get(entry.key, (None, None))
        if member is None or held != entry:
            raise Changed
        if member.problem:
            raise Unprocessable(member.problem[1], code=member.problem[0])
        capped = Capped(sink, self.outside.max_bytes)
        try:
            with member.open() as stream:
                while piece := stream.read(CHUNK_BYTES):
                    capped.write(piece)
        except MemberBroken as error:
            raise Unprocessable(f"{error} Pack it again.", code="corrupt") from error
        except ArchiveRefused as refusal:
            raise Unprocessable(refusal.detail, code=refusal.code) from refusal

    def whole(self) -> Entry | None:
        """The archive itself where it is too large to be fetched while somebody waits."""
        found = self._seen()
        return found if found.size is None or found.size > QUICK_BYTES else None

    def close(self) -> None:
        self._files.close()

    def _known(self) -> dict[str, tuple[Entry, Member]]:
        with self._lock:
            if self._members is None:
                self._members = self._opened()
            return self._members

    def _opened(self) -> dict[str, tuple[Entry, Member]]:
        folder = self.outside.temporary or tempfile.gettempdir()
        with ExitStack() as stack:
            copy = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder, prefix="archive-"))
            try:
                self._copy_to(cast(BinaryIO, copy))
                members = stack.enter_context(shelf(copy.name, self.outside.limits, folder))
            except ArchiveRefused as refusal:
                raise Unprocessable(refusal.detail, code=refusal.code) from refusal
            except (Problem, OSError) as error:
                if shutil.disk_usage(folder).free < FULL_BYTES:
                    raise _disk_full() from error
                raise
            self._files = stack.pop_all()
        return {entry.key: (entry, member) for entry, member in listed(members)}

    def _copy_to(self, copy: BinaryIO) -> None:
        for _ in range(FETCHES):
            copy.seek(0)
            copy.truncate()
            try:
                self.place.fetch(self._seen(), copy)
            except Changed:
                continue
            copy.flush()
            return
        raise Conflict("The archive kept changing while it was read. Import again later.", code="changing")

    def _seen(self) -> Entry:
        found = self.place.look(self.key)
        if found is None:
            raise Unprocessable(
                "There is no file at this path. Check it.", code="source_not_found", field="path"
            )
        return found


def _disk_full() -> Unavailable:
    return Unavailable(
        "The server's disk has no room for the archive. Ask the operator to free some.", code="disk_full"
    )


def listed(members: list[Member]) -> Iterator[tuple[Entry, Member]]:
    """Every member under a key of its own; hidden files, which systems add by themselves, are left out."""
    taken: set[str] = set()
    for member in members:
        key = _key_of(member.name)
        if any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in key.split("/")):
            continue
        if kind_of_name(key) is not None and member.problem is None:
            detail = "It is an archive in an archive. Make it a source by itself."
            member = replace(member, problem=("nested_archive", detail))
        while key in taken:
            key += f"#{member.number}"
        taken.add(key)
        yield Entry(key, member.size, member.modified, member.checksum), member


def _key_of(name: str) -> str:
    """As other places would name it. A root or `..` stays, to be refused."""
    first, *rest = name.replace("\\", "/").split("/")
    parts = [first, *(part for part in rest if part)]
    return "/".join(part for part in parts if part != ".") or name


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[ArchiveReader]:
    kind, inner, key = _place_of(values)
    limited = replace(outside, max_bytes=outside.max_archive_bytes)
    with kind.open(inner, limited) as place:
        reader = ArchiveReader(place, key, outside)
        try:
            yield reader
        finally:
            reader.close()


def judge(values: Values, outside: Outside) -> None:
    kind, inner, _ = _place_of(values)
    if kind is web.KIND:
        judge_address(values["path"], policy=outside.policy)
    kind.judge(inner, outside)


def _place_of(values: Values) -> tuple[Kind, Values, str]:
    """The kind of the place, what it has to be told, and the archive's key there. Raises BadRequest."""
    kind, path = PLACES[values["place"]], values["path"]
    inner = {one.name: values[one.name] for one in kind.fields if one.name in values}
    key = path.lstrip("/")
    if kind is web.KIND:
        inner["urls"], key = path, web.key_of(path)
    elif kind is local.KIND:
        folder, _, key = path.rpartition("/")
        inner["folder"] = folder or "/"
    elif kind is sftp.KIND and path.startswith("/"):
        inner["prefix"] = "/"
    missing = next((one for one in kind.fields if one.required and not inner.get(one.name)), None)
    if missing or not key:
        name, title = (missing.name, missing.title) if missing else ("path", "Path")
        raise BadRequest(f"'{name}' is needed: {title}.", code="missing", field=name)
    return kind, inner, key


def _fields() -> Iterator[Field]:
    """What all places have to be told, each once."""
    by_name: dict[str, list[tuple[str, Field]]] = {}
    for kind in PLACES.values():
        for one in kind.fields:
            if one.name not in TOLD_BY_PATH:
                by_name.setdefault(one.name, []).append((kind.name, one))
    for found in by_name.values():
        only = tuple(name for name, _ in found)
        helps = {one.help for _, one in found}
        text = helps.pop() if len(helps) == 1 else ""
        yield replace(found[0][1], help=text, required=False, default="", only=only)


KIND = Kind(
    "archive",
    "Archive",
    "A zip or tar in a folder, a bucket or on the web. Every picture in it is brought in.",
    (
        Field(
            "place",
            "Where it lies",
            "What kind of place.",
            required=True,
            choices=tuple(PLACES),
            default="local",
        ),
        Field(
            "path",
            "Path",
            "The full path or address; in a bucket or Dropbox its name with its folders, like 2026/harbour.zip.",
            required=True,
            most=2000,
        ),
        *_fields(),
    ),
    opened,
    judge,
    is_shared=True,
    whole=ArchiveReader.whole,
)
