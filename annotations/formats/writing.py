"""The machine behind every format: names the images, adds pictures and previews, feeds the labels."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, NamedTuple, Protocol, runtime_checkable

import orjson

from annotations.formats.archive import Archive
from annotations.formats.desk import RESULT, Desk
from annotations.formats.names import NameBook, safe_stem
from annotations.formats.records import ExportDataset, ExportImage, Tally
from annotations.formats.shapes import AREAS, Labelled, labelled
from annotations.formats.sides import side_of

PREVIEWS = "previews"
TRAINING, TOOLS, DATA = "For training", "For other annotation tools", "For programs and spreadsheets"


class NamedImage(NamedTuple):
    """An image with its place in the export: `stem` is unique, `file` is stem and extension."""

    number: int
    image: ExportImage
    stem: str
    labelled: tuple[Labelled, ...] = ()

    @property
    def file(self) -> str:
        return self.stem + self.image.extension


class Labels(Protocol):
    """Takes the images one by one; what it writes is complete after `finish`.

    What it has to know of earlier images lies on the desk, so that another one can go on between two images.
    """

    def begin(self) -> None:
        """Write what stands before the first image; on a desk where work goes on nobody calls it."""
        ...

    def add(self, named: NamedImage) -> None: ...

    def finish(self) -> None: ...


@runtime_checkable
class RowLabels(Protocol):
    """Labels with room for rows of other kinds behind the images."""

    def add_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None: ...


class Part(Protocol):
    """One kind of labels in an archive."""

    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels: ...


class Media(Protocol):
    """Where pictures come from. None stands for one whose bytes can't be read."""

    def picture(self, image: ExportImage) -> AbstractContextManager[BinaryIO | None]: ...

    def preview(self, image: ExportImage) -> bytes | None: ...


@dataclass(frozen=True)
class Extras:
    """What goes into the archive besides labels. Whoever wants pictures says where they come from."""

    media: Media | None = None
    images: bool = False
    previews: bool = False
    # Train, val and test get files and folders of their own.
    by_split: bool = False
    # What goes along besides, by its name: history and threads. In an archive each is a file with a line a row.
    rows: Mapping[str, Iterable[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return self.images or self.previews or self.by_split

    def add(self, archive: Archive, folder: str, named: NamedImage, tally: Tally) -> None:
        if self.media is None:
            return
        if self.images:
            _add_picture(archive, f"{folder}/{named.file}", named.image, self.media, tally)
        if self.previews:
            _add_preview(archive, f"{PREVIEWS}/{named.stem}.jpg", named.image, self.media, tally)


@dataclass(frozen=True)
class FileKind:
    extension: str
    content_type: str


ZIP = FileKind(".zip", "application/zip")


@dataclass(frozen=True)
class Document:
    """Labels of all images in one file, which may also stand alone; `make` is told what the file is called on the desk."""

    member: str
    kind: FileKind
    make: Callable[[ExportDataset, Desk, str], Labels]

    def open(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        if dataset.splits:
            parts = {side: self._of(side).open_one(dataset, desk, archive) for side in dataset.splits}
            return SideLabels(parts, desk)
        return self.open_one(dataset, desk, archive)

    def open_one(self, dataset: ExportDataset, desk: Desk, archive: Archive) -> Labels:
        return _Enclosed(self, dataset, desk, archive)

    def _of(self, side: str) -> "Document":
        """The document of one side: `instances_train.json`, where that of all images is `instances_default.json`."""
        stem, dot, extension = self.member.replace("_default.", ".").rpartition(".")
        return replace(self, member=f"{stem}_{side}{dot}{extension}")


class _Enclosed:
    """A document on its way into an archive: it waits on the desk until it is complete."""

    def __init__(self, document: Document, dataset: ExportDataset, desk: Desk, archive: Archive) -> None:
        self._labels = document.make(dataset, desk, document.member)
        self._member, self._archive, self._file = document.member, archive, desk.file(document.member)
        self.begin, self.add = self._labels.begin, self._labels.add

    def finish(self) -> None:
        self._labels.finish()
        self._archive.add_file(self._member, self._file)


class SideLabels:
    """Gives each image to the labels of its side, which count their images from 1."""

    def __init__(self, labels: Mapping[str, Labels], desk: Desk) -> None:
        self._labels, self._numbers = labels, desk.counter("sides")

    def begin(self) -> None:
        for labels in self._labels.values():
            labels.begin()

    def add(self, named: NamedImage) -> None:
        side = side_of(named.image)
        self._numbers[side] += 1
        self._labels[side].add(named._replace(number=self._numbers[side]))

    def finish(self) -> None:
        for labels in self._labels.values():
            labels.finish()


@dataclass(frozen=True)
class Format:
    """A format people can choose. A single document stands alone; anything else is a zip.

    `needs_class`: only boxes with a class fit, and of them those whose shape is one of `shapes`.
    `is_whole`: pictures and previews belong to it by default. `tells_places`: its labels have room for
    where a picture was taken, and one that `holds_threads` for what people say about it.
    """

    name: str
    title: str
    says: str
    parts: tuple[Part, ...]
    # What it is for: people choose among a few of a kind.
    group: str = TRAINING
    pictures: str = "images"
    needs_class: bool = False
    is_whole: bool = False
    tells_places: bool = False
    holds_threads: bool = False
    shapes: tuple[str, ...] = AREAS
    # Whether train, val and test can be parted into files of their own; elsewhere they are a field.
    has_sides: bool = False
    # The folder of each picture, where it is not the same for all.
    folder_of: Callable[[ExportDataset, NamedImage], str] | None = None
    # How many labels of an image fit; None for all.
    most: int | None = None
    # The fields of ExportBox that it looks at besides class, kind and frame; None for all.
    reads: frozenset[str] | None = None

    def kind(self, extras: Extras) -> FileKind:
        document = self._lone_document(extras)
        return document.kind if document else ZIP

    def write(
        self,
        dataset: ExportDataset,
        images: Iterable[ExportImage],
        desk: Desk,
        extras: Extras | None = None,
    ) -> Tally:
        """Make the whole file, the desk's result; the same input gives the same bytes.

        On a desk that was kept while the caller was asked for an image, the images that follow go on from there.
        Memory does not grow with the number of boxes; images are taken from the iterable one by one.
        """
        extras = extras or Extras()
        tally = Tally(desk.counter("tally"), desk.counter("skipped"))
        document = self._lone_document(extras)
        archive = None if document else Archive(desk)
        parts = self._open(dataset, desk, document, archive)
        for named in self._named(dataset, images, desk, tally):
            if archive:
                extras.add(archive, self._folder(dataset, named), named, tally)
            for labels in parts:
                labels.add(named)
        if document:
            _add_behind(parts[0], extras)
        for labels in parts:
            labels.finish()
        if archive:
            for name, rows in extras.rows.items() if self.holds_threads else ():
                _add_rows(archive, desk.file(f"{name}.jsonl"), f"{name}.jsonl", rows)
            archive.finish()
        desk.flush()
        return tally

    def _open(
        self, dataset: ExportDataset, desk: Desk, document: Document | None, archive: Archive | None
    ) -> list[Labels]:
        if document:
            parts = [document.make(dataset, desk, RESULT)]
        elif archive:
            parts = [part.open(dataset, desk, archive) for part in self.parts]
        if desk.is_new:
            for labels in parts:
                labels.begin()
        return parts

    def _lone_document(self, extras: Extras) -> Document | None:
        part = self.parts[0]
        return part if len(self.parts) == 1 and isinstance(part, Document) and not extras.any else None

    def _named(
        self, dataset: ExportDataset, images: Iterable[ExportImage], desk: Desk, tally: Tally
    ) -> Iterator[NamedImage]:
        stems, book = desk.file("stems"), NameBook()
        for stem in _lines(stems):
            book.take(stem)
        for image in images:
            fitting = self._fitting(dataset, image, tally) if self.needs_class else ()
            tally.add(len(fitting) if self.needs_class and not self.is_whole else len(image.boxes))
            stem = safe_stem(image.filename)
            stems.write(f"{stem}\n".encode())
            yield NamedImage(tally.images, image, book.take(stem), fitting)

    def _fitting(self, dataset: ExportDataset, image: ExportImage, tally: Tally) -> tuple[Labelled, ...]:
        found = labelled(dataset, image.boxes, (image.width, image.height), tally.skipped, self.shapes)
        if self.most is not None and len(found) > self.most:
            tally.skipped["one_is_the_most"] += len(found) - self.most
            return found[: self.most]
        return found

    def _folder(self, dataset: ExportDataset, named: NamedImage) -> str:
        if self.folder_of is not None:
            return self.folder_of(dataset, named)
        return f"images/{side_of(named.image)}" if dataset.splits else self.pictures


def _lines(file: BinaryIO) -> Iterator[str]:
    """From the beginning; afterwards the file is at its end again."""
    file.seek(0)
    for line in file:
        yield line.decode().removesuffix("\n")


def _add_behind(labels: Labels, extras: Extras) -> None:
    if isinstance(labels, RowLabels):
        for name, rows in extras.rows.items():
            labels.add_rows(name, rows)


def _add_rows(archive: Archive, file: BinaryIO, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        file.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
    archive.add_file(name, file)


def _add_picture(archive: Archive, name: str, image: ExportImage, media: Media, tally: Tally) -> None:
    with media.picture(image) as file:
        if file is None:
            tally.skipped["picture_unreadable"] += 1
        else:
            archive.add_file(name, file)


def _add_preview(archive: Archive, name: str, image: ExportImage, media: Media, tally: Tally) -> None:
    preview = media.preview(image)
    if preview is None:
        tally.skipped["preview_unreadable"] += 1
    else:
        archive.add(name, preview)
