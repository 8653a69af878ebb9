"""Our own JSON and our own ZIP, which is that JSON with pictures and metadata: lossless."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import orjson

from annotations.formats.archive import MANIFEST
from annotations.formats.reading import texts
from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing, base_of
from annotations.formats.reading.own_records import class_of, image_of
from annotations.formats.reading.own_threads import ReadThread, thread_of
from annotations.formats.reading.records import ReadImage
from annotations.formats.reading.scope import Scope

METADATA = "metadata.json"
THREADS = "threads.jsonl"
CHECKED = ("annotations.json", METADATA, "history.jsonl", THREADS)
MAX_ROW = 64 << 20
# What an archive of ours holds besides: the same labels as others write them, pictures with boxes drawn, history.
BESIDE = (
    "metadata.json",
    "labels/",
    "data.yaml",
    "classes.txt",
    "annotations/",
    "previews/",
    "history.jsonl",
    THREADS,
)


class OwnJsonReader:
    name = "json"
    title = "JSON"
    says = "Our own JSON: every box with every field."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = own_files(listing)
        return (0.97, f"{files[0]} has dataset, classes and images as our own JSON.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in own_files(scope.listing) or scope.listing.ending(".json"):
            scope.mark(f"{file[: -len(base_of(file))]}{THREADS}")
            yield from images_of(file, scope)

    def threads(self, scope: Scope) -> Iterator[ReadThread]:
        return threads_of(scope)


class OwnZipReader:
    name = "zip"
    title = "Everything (ZIP)"
    says = "Our own archive: pictures, metadata, labels and history."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        described = metadata_files(listing)
        if described and own_files(listing):
            return 1.0, f"{described[0]} says that it is an archive of ours."
        return None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in own_files(scope.listing):
            root = file[: -len(base_of(file))]
            for name in scope.listing.names:
                if name.startswith(root) and name[len(root) :].startswith(BESIDE):
                    scope.mark(name)
            _check_manifest(root, scope)
            yield from _with_metadata(file, f"{root}{METADATA}", scope)

    def threads(self, scope: Scope) -> Iterator[ReadThread]:
        return threads_of(scope)


def rows_of(file: str, scope: Scope) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file that lies beside the labels, with their lines. None where there is no such file."""
    if file not in scope.listing.labels:
        return
    with scope.reading(file) as stream:
        for at, text in texts.lines(stream, most=MAX_ROW):
            try:
                row = orjson.loads(text) if text.strip() else {}
            except orjson.JSONDecodeError as error:
                what = f"Line {at} is left out: it is no JSON ({error.msg})."
                scope.findings.error("bad_line", file, what, "Correct or delete the line.", at)
                continue
            if isinstance(row, dict) and row:
                yield at, row


def threads_of(scope: Scope) -> Iterator[ReadThread]:
    """What was said, of every file of ours: in the list behind its images, or in a file of its own beside it."""
    for file in own_files(scope.listing):
        beside = f"{file[: -len(base_of(file))]}{THREADS}"
        for at, row in rows_of(beside, scope):
            if thread := thread_of(row, beside, f"line {at}", scope.findings):
                yield thread
        for place, row in _listed(file, scope):
            if thread := thread_of(row, file, place, scope.findings):
                yield thread


def _listed(file: str, scope: Scope) -> Iterator[tuple[str, Any]]:
    """The file is read once more where its first reading met threads: they are not kept until then."""
    if file not in scope.talkative:
        return
    with scope.reading(file) as stream:
        for key, at, row in items(stream):
            if key == "threads" and at is not None:
                yield f"threads[{at}]", row


def _check_manifest(root: str, scope: Scope) -> None:
    """Labels that are not what they were when the archive was written are read all the same, with a warning."""
    manifest = f"{root}{MANIFEST}"
    if manifest not in scope.listing.labels:
        return
    checked = {f"{root}{name}" for name in CHECKED}
    with scope.reading(manifest) as stream:
        for key, at, row in items(stream):
            name = (
                f"{root}{row.get('name')}"
                if key == "files" and at is not None and isinstance(row, dict)
                else ""
            )
            if name in checked and name in scope.listing.labels and row.get("sha256") != _sha256(name, scope):
                scope.findings.warning(
                    "checksum",
                    name,
                    "It was changed after the archive was written.",
                    "Nothing, if you changed it. Otherwise export it again.",
                )


def _sha256(name: str, scope: Scope) -> str:
    digest = hashlib.sha256()
    with scope.reading(name) as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def own_files(listing: Listing) -> list[str]:
    """`classes` is the key that no other format has beside `images`; they come before the images."""
    found = []
    for name in listing.ending(".json"):
        head = listing.ask(name, json_head)
        is_ours = head.opening == "{" and {"dataset", "version", "classes"} <= head.keys
        if is_ours and "layout" not in head.keys:
            found.append(name)
    return found


def metadata_files(listing: Listing) -> list[str]:
    return [
        name
        for name in listing.named(METADATA)
        if {"layout", "dataset", "selection"} <= listing.ask(name, json_head).keys
    ]


def images_of(file: str, scope: Scope) -> Iterator[ReadImage]:
    names: dict[str, str] = {}
    with scope.reading(file) as stream:
        for key, at, row in items(stream):
            if at is None or not isinstance(row, dict):
                continue
            if key == "classes" and (known := class_of(row, file, scope)):
                names[known.id] = known.name
                scope.classes.add(known)
            elif key == "images" and (image := image_of(row, names, file, f"images[{at}]", scope)):
                yield image
            elif key == "threads":
                scope.talkative.add(file)


def _with_metadata(file: str, described: str, scope: Scope) -> Iterator[ReadImage]:
    """Both files list the same images in the same order, so they are read side by side."""
    with ExitStack() as stack:
        rows: Iterator[dict[str, Any]] = iter(())
        if described in scope.listing.labels:
            rows = stack.enter_context(_Rows(described, scope))
        for image in images_of(file, scope):
            row = next(rows, {})
            if row.get("filename") != image.name or row.get("sha256") != image.sha256:
                scope.findings.warning(
                    "no_metadata",
                    described,
                    f"The metadata of {image.name} is not where it belongs and is left out.",
                    "Export the archive again if its metadata matters.",
                )
                row = {}
            told = row.get("metadata")
            name = row.get("file")
            path = scope.listing.picture(f"images/{name}", described) if isinstance(name, str) else None
            yield image._replace(
                path=path, metadata=told if isinstance(told, dict) else {}, id=str(row.get("id") or "")
            )


class _Rows:
    """The image rows of metadata.json, one at a time; a broken file just ends."""

    def __init__(self, file: str, scope: Scope) -> None:
        self._file, self._scope = file, scope
        self._rows = self._read()

    def __enter__(self) -> Iterator[dict[str, Any]]:
        return self._rows

    def __exit__(self, *_: object) -> None:
        self._rows.close()

    def _read(self) -> Any:
        with self._scope.reading(self._file) as stream:
            for key, at, row in items(stream):
                if key == "images" and at is not None and isinstance(row, dict):
                    yield row
