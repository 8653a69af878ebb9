"""The machine behind every format: names the images, adds pictures and previews, feeds the labels."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, NamedTuple, Protocol, runtime_checkable

import orjson

from annotations.formats.archive import Archive, spooled
from annotations.formats.names import NameBook
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
    """Takes the images one by one; what it writes is complete after `finish`."""

    def add(self, named: NamedImage) -> None: ...

    def finish(self) -> None: ...


@runtime_checkable
class RowLabels(Protocol):
    """Labels with room for rows of other kinds behind the images."""

    def add_rows(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None: ...


class Part(Protocol):
    """One kind of labels in an archive."""

    def open(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels: ...


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
    """Labels of all images in one file, which may also stand alone."""

    member: str
    kind: FileKind
    make: Callable[[ExportDataset, BinaryIO], Labels]

    def open(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels:
        if dataset.splits:
            return SideLabels(
                {side: self._of(side).open_one(dataset, archive, stack) for side in dataset.splits}
            )
        return self.open_one(dataset, archive, stack)

    def open_one(self, dataset: ExportDataset, archive: Archive, stack: ExitStack) -> Labels:
        return _Enclosed(self, dataset, archive, stack.enter_context(spooled()))  # type: ignore[arg-type]

    def _of(self, side: str) -> "Document":
        """The document of one side: `instances_train.json`."""
        stem, dot, extension = self.member.rpartition(".")
        return replace(self, member=f"{stem}_{side}{dot}{extension}")


class _Enclosed:
    """A document on its way into an archive: it waits in a spool until it is complete."""

    def __init__(self, document: Document, dataset: ExportDataset, archive: Archive, spool: BinaryIO) -> None:
        self._labels = document.make(dataset, spool)
        self._member, self._archive, self._spool = document.member, archive, spool
        self.add = self._labels.add

    def finish(self) -> None:
        self._labels.finish()
        self._archive.add_file(self._member, self._spool)


class SideLabels:
    """Gives each image to the labels of its side, which count their images from 1."""

    def __init__(self, labels: Mapping[str, Labels]) -> None:
        self._labels = labels
        self._numbers: Counter[str] = Counter()

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
        sink: BinaryIO,
        extras: Extras | None = None,
    ) -> Tally:
        """Write the whole file; the same input gives the same bytes. `sink` must be seekable for zips.

        Memory does not grow with the number of boxes; images are taken from the iterable one by one.
        """
        extras = extras or Extras()
        tally = Tally()
        document = self._lone_document(extras)
        if document:
            labels = document.make(dataset, sink)
            for named in self._named(dataset, images, tally):
                labels.add(named)
            if isinstance(labels, RowLabels):
                for name, rows in extras.rows.items():
                    labels.add_rows(name, rows)
            labels.finish()
        else:
            self._write_archive(dataset, self._named(dataset, images, tally), sink, extras, tally)
        return tally

    def _lone_document(self, extras: Extras) -> Document | None:
        part = self.parts[0]
        return part if len(self.parts) == 1 and isinstance(part, Document) and not extras.any else None

    def _named(
        self, dataset: ExportDataset, images: Iterable[ExportImage], tally: Tally
    ) -> Iterable[NamedImage]:
        book = NameBook()
        for number, image in enumerate(images, start=1):
            fitting = self._fitting(dataset, image, tally) if self.needs_class else ()
            tally.images = number
            tally.boxes += len(fitting) if self.needs_class and not self.is_whole else len(image.boxes)
            yield NamedImage(number, image, book.stem_for(image.filename), fitting)

    def _fitting(self, dataset: ExportDataset, image: ExportImage, tally: Tally) -> tuple[Labelled, ...]:
        found = labelled(dataset, image, tally.skipped, self.shapes)
        if self.most is not None and len(found) > self.most:
            tally.skipped["one_is_the_most"] += len(found) - self.most
            return found[: self.most]
        return found

    def _folder(self, dataset: ExportDataset, named: NamedImage) -> str:
        if self.folder_of is not None:
            return self.folder_of(dataset, named)
        return f"images/{side_of(named.image)}" if dataset.splits else self.pictures

    def _write_archive(
        self,
        dataset: ExportDataset,
        images: Iterable[NamedImage],
        sink: BinaryIO,
        extras: Extras,
        tally: Tally,
    ) -> None:
        with Archive(sink) as archive, ExitStack() as stack:
            parts = [part.open(dataset, archive, stack) for part in self.parts]
            for named in images:
                extras.add(archive, self._folder(dataset, named), named, tally)
                for labels in parts:
                    labels.add(named)
            for labels in parts:
                labels.finish()
            if self.holds_threads:
                for name, rows in extras.rows.items():
                    _add_rows(archive, f"{name}.jsonl", rows)


def _add_rows(archive: Archive, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    with spooled() as spool:
        for row in rows:
            spool.write(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE))
        archive.add_file(name, spool)


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
