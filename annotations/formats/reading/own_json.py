"""Our own JSON and our own ZIP, which is that JSON with pictures and metadata: lossless."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from annotations.formats.reading.json_heads import json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing, base_of
from annotations.formats.reading.own_records import class_of, image_of
from annotations.formats.reading.records import ReadImage
from annotations.formats.reading.scope import Scope

METADATA = "metadata.json"
# What an archive of ours holds besides: the same labels as others write them, pictures with boxes drawn, history.
BESIDE = (
    "metadata.json",
    "labels/",
    "data.yaml",
    "classes.txt",
    "annotations/",
    "previews/",
    "history.jsonl",
    "threads.jsonl",
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
            yield from images_of(file, scope)


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
            yield from _with_metadata(file, f"{root}{METADATA}", scope)


def own_files(listing: Listing) -> list[str]:
    """`classes` is the key that no other format has beside `images`; they come before the images."""
    found = []
    for name in listing.ending(".json"):
        head = json_head(listing.head(name))
        is_ours = head.opening == "{" and {"dataset", "version", "classes"} <= head.keys
        if is_ours and "layout" not in head.keys:
            found.append(name)
    return found


def metadata_files(listing: Listing) -> list[str]:
    return [
        name
        for name in listing.named(METADATA)
        if {"layout", "dataset", "selection"} <= json_head(listing.head(name)).keys
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
