"""Threads as our own formats tell them: what people said about pictures, and who they were there."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from annotations.formats.reading.numbers import line, numbers, storable, whole
from annotations.formats.reading.records import Findings
from annotations.formats.reading.values import one_of

KINDS = ("picture", "point", "region", "box")
# The part of each kind of anchor that says where, and how many numbers it has.
PARTS = {"picture": ("", 0), "point": ("point", 2), "region": ("region", 4), "box": ("region", 4)}
FIX = "Export it again, or correct or delete the thread."


class ReadPerson(NamedTuple):
    """Somebody as the file names them; `mark` is the SHA-256 of their address."""

    id: str
    name: str
    mark: str

    def told(self) -> dict[str, str | None]:
        return {"id": self.id or None, "name": self.name, "email_sha256": self.mark or None}


class ReadComment(NamedTuple):
    id: str
    author: ReadPerson | None
    text: str
    mentions: tuple[ReadPerson, ...]
    created_at: datetime | None
    edited_at: datetime | None


class ReadThread(NamedTuple):
    """`sha256` and `filename` are those of its picture, `place` says where in the file it stands."""

    id: str
    sha256: str
    filename: str
    number: int
    kind: str
    numbers: tuple[float, ...]
    box_id: str
    is_open: bool
    created_by: ReadPerson | None
    created_at: datetime | None
    updated_at: datetime | None
    resolved_by: ReadPerson | None
    resolved_at: datetime | None
    comments: tuple[ReadComment, ...]
    file: str
    place: str


def thread_of(row: Any, file: str, place: str, findings: Findings) -> ReadThread | None:
    """The thread; one that can't be one is an error in the findings."""
    if not isinstance(row, Mapping):
        findings.error("bad_thread", file, "A thread is no object.", FIX, place)
        return None
    told = row.get("anchor")
    anchor: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    kind = one_of(anchor.get("kind"), KINDS, "")
    placed = _numbers(anchor, kind)
    comments = tuple(
        comment for said in _list(row.get("comments")) if (comment := _comment(said, file, place, findings))
    )
    if placed is None or not comments:
        lacks = "no anchor" if placed is None else "nothing said in it"
        findings.error("bad_thread", file, f"A thread has {lacks}.", FIX, place)
        return None
    return ReadThread(
        line(row.get("id")),
        line(row.get("sha256")).lower(),
        line(row.get("filename")),
        whole(row.get("number")) or 0,
        kind,
        placed,
        line(anchor.get("box_id")),
        row.get("state") != "resolved",
        _person(row.get("created_by")),
        _moment(row.get("created_at")),
        _moment(row.get("updated_at")),
        _person(row.get("resolved_by")),
        _moment(row.get("resolved_at")),
        comments,
        file,
        place,
    )


def _numbers(anchor: Mapping[str, Any], kind: str) -> tuple[float, ...] | None:
    if not kind:
        return None
    part, count = PARTS[kind]
    found = numbers(anchor.get(part), count) if part else []
    return None if found is None else tuple(found)


def _comment(said: Any, file: str, place: str, findings: Findings) -> ReadComment | None:
    text = said.get("text") if isinstance(said, Mapping) else None
    if not isinstance(text, str) or not storable(text).strip():
        findings.error("bad_comment", file, "A comment has no text and is left out.", FIX, place)
        return None
    people = [person for told in _list(said.get("mentions")) if (person := _person(told))]
    return ReadComment(
        line(said.get("id")),
        _person(said.get("author")),
        storable(text).strip(),
        tuple(people),
        _moment(said.get("created_at")),
        _moment(said.get("edited_at")),
    )


def _person(told: Any) -> ReadPerson | None:
    name = line(told.get("name")) if isinstance(told, Mapping) else ""
    return ReadPerson(line(told.get("id")), name, line(told.get("email_sha256"))) if name else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _moment(value: Any) -> datetime | None:
    """A moment in UTC; None for what is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
