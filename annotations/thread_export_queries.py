"""Threads on their way out: a row each, with its people told so that who reads it back can tell whether they are the same."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from annotations.models import Comment, Thread
from annotations.thread_queries import thread_dicts
from modelship.accounts.models import User

# Threads whose comments are in memory at once.
BATCH = 50
# What a row leaves out: it is of the dataset that it was in, or counts what happened there.
INNER = ("image", "dataset", "revision")


def mark_of(email: str) -> str:
    """What tells whether an address is the same one, without telling it."""
    return hashlib.sha256(email.strip().casefold().encode()).hexdigest()


def thread_rows(pictures: Mapping[UUID, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The threads on the pictures, in their order; `pictures` holds what each row tells of its picture."""
    order = {image_id: at for at, image_id in enumerate(pictures)}
    known = Thread.objects.filter(image__in=pictures).values_list("image_id", "number", "pk")
    ids = [pk for _, _, pk in sorted(known, key=lambda row: (order[row[0]], row[1]))]
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        there = Thread.objects.select_related("image").in_bulk(part)
        threads = [there[pk] for pk in part if pk in there]
        shown = thread_dicts(threads)
        book = _Book(threads, shown)
        for thread, told in zip(threads, shown, strict=True):
            yield {**pictures[thread.image_id], **book.row(thread, told)}


class _Book:
    """The people of some threads: members by the mark of their address, others as the file told them that brought them."""

    def __init__(self, threads: Sequence[Thread], shown: Sequence[dict[str, Any]]) -> None:
        comments = Comment.objects.filter(thread__in=threads, told__isnull=False)
        self._told = {str(pk): told or {} for pk, told in comments.values_list("pk", "told")}
        people = [person for thread in shown for person in (thread["created_by"], thread["resolved_by"])]
        for thread in shown:
            for comment in thread["comments"]:
                people += [comment["author"], *comment["mentions"]]
        rows = User.objects.filter(pk__in={person["id"] for person in people if person and person["id"]})
        self._marks = {str(pk): mark_of(email) for pk, email in rows.values_list("pk", "email")}

    def row(self, thread: Thread, shown: dict[str, Any]) -> dict[str, Any]:
        row = {key: value for key, value in shown.items() if key not in INNER}
        row["comments"] = [self._comment(comment) for comment in shown["comments"]]
        row["created_by"] = self._marked(shown["created_by"]) or _first(row["comments"])
        row["resolved_by"] = self._marked(shown["resolved_by"]) or (thread.told or {}).get("resolved_by")
        return row

    def _comment(self, shown: dict[str, Any]) -> dict[str, Any]:
        told = self._told.get(shown["id"], {})
        members = [known for person in shown["mentions"] if (known := self._marked(person))]
        return {
            **shown,
            "author": self._marked(shown["author"]) or told.get("author"),
            "mentions": [*members, *told.get("mentions", ())],
        }

    def _marked(self, person: dict[str, Any] | None) -> dict[str, Any] | None:
        if person is None or person["id"] is None:
            return None
        return {**person, "email_sha256": self._marks.get(person["id"])}


def _first(comments: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    return comments[0]["author"] if comments else None
