"""The machine behind every reader: which one it is, every shape fitted to its picture, nothing left unsaid."""

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from annotations.formats.reading.fitting import fitted
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.numbers import storable
from annotations.formats.reading.own_threads import ReadThread
from annotations.formats.reading.records import ClassList, Findings, Guess, ReadImage, ReadShape
from annotations.formats.reading.scope import Scope, SizeOf, split_of
from annotations.formats.reading.strange import LOOKED_AT, Strange, strange
from annotations.formats.reading.trees import MemberTree, Tree

# Below this a guess is not followed without being asked to.
LIKELY = 0.3
# How many names a finding tells.
TOLD = 5
# Files that many tools put beside labels.
KNOWN_EXTRAS = (
    "readme.md",
    "readme.txt",
    "readme.dataset.txt",
    "readme.roboflow.txt",
    "license",
    "manifest.json",
    "labelmap.txt",
    "image_ids_and_rotation.csv",
)


class Reader(Protocol):
    """Reads one format. `read` yields images with shapes in pixels as the files tell them, none fitted yet."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def says(self) -> str: ...

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        """How sure it is, from 0 to 1, and why; None for a tree in which nothing is of this format."""

    def read(self, scope: Scope) -> Iterator[ReadImage]: ...


@runtime_checkable
class TellsThreads(Protocol):
    """A reader whose files also tell what people said about the pictures."""

    def threads(self, scope: Scope) -> Iterator[ReadThread]: ...


class Reading:
    """One pass over a tree. `classes` and `findings` are complete when `images` has ended."""

    def __init__(self, reader: Reader | None, guesses: Sequence[Guess], scope: Scope) -> None:
        self._reader, self._scope = reader, scope
        self.format = reader.name if reader else ""
        self.guesses = guesses
        self.findings: Findings = scope.findings
        self.classes: ClassList = scope.classes
        self.image_count = self.shape_count = 0

    @property
    def holds_pictures(self) -> bool:
        """Whether there are pictures beside the labels."""
        return bool(self._scope.listing.pictures)

    def images(self) -> Iterator[ReadImage]:
        """Every image once per label file that tells of it, then the pictures that none tells of."""
        self._tell_refused()
        if self._reader is None:
            self._tell_unknown()
            self._tell_damaged()
            return
        met: dict[str, str | None] = {}
        for image in self._checked(self._reader):
            if image.path in met and image.sha256 and met[image.path] not in (None, image.sha256):
                # Two pictures of one name: these bytes are those of the first, or nobody knows whose.
                image = image._replace(path=None)
            self._count(image, met)
            yield image
        yield from self._unlabelled(set(met))
        self._tell_damaged()
        self._tell_unused()
        self._tell_empty()

    def threads(self) -> Iterator[ReadThread]:
        """What people said about the pictures, once `images` has ended; nothing where the format does not tell it."""
        if isinstance(self._reader, TellsThreads):
            yield from self._reader.threads(self._scope)

    def _checked(self, reader: Reader) -> Iterator[ReadImage]:
        scope = self._scope
        for image in reader.read(scope):
            path = image.path or _picture_of(scope.listing, image)
            size = scope.size(image.name, path, image.also) or (image.width, image.height)
            image = image._replace(path=path, name=storable(image.name))
            for shape in image.shapes:
                scope.classes.meet(shape.class_name)
            image = image._replace(shapes=_with_own_ids(image.shapes))
            width, height = size
            yield image if width is None or height is None else fitted(image, width, height, scope.findings)

    def _count(self, image: ReadImage, met: dict[str, str | None]) -> None:
        findings, key = self.findings, image.path or f"{image.split}:{image.name}:{image.sha256 or ''}"
        self.image_count += 1
        self.shape_count += len(image.shapes)
        if key in met:
            findings.warning(
                "told_twice",
                image.file,
                f"{image.name} has labels in more than one place. All are taken.",
                "Leave one of the label files out if they tell the same.",
            )
        met.setdefault(key, image.sha256)
        if image.path is None and self._scope.listing.pictures and not self._scope.has_importer:
            findings.warning(
                "picture_missing",
                image.file,
                f"{image.name} is not among the pictures.",
                "Add the picture, or import into a dataset that has it.",
            )

    def _unlabelled(self, met: set[str]) -> Iterator[ReadImage]:
        known = met | self._scope.used
        left = [path for path in self._scope.listing.pictures if path not in known]
        if drawn := [path for path in self._scope.listing.drawn if path not in known]:
            what = f"{len(drawn):,} pictures of masks or previews are not read: {_some(drawn)}."
            self.findings.note("mask_not_read", drawn[0], what)
        if left:
            self.findings.note(
                "picture_without_labels",
                "",
                f"{len(left):,} pictures have no label file: {_some(left)}. They come in without labels.",
            )
        for path in left:
            yield ReadImage(path.rpartition("/")[2], path=path, split=split_of(path), labelled=False)

    def _tell_refused(self) -> None:
        refused = self._scope.tree.refused if isinstance(self._scope.tree, MemberTree) else ()
        for member in refused:
            code, detail = member.problem or ("", "")
            self.findings.error(code, member.name, f"It is not read. {detail}", "Pack it again without that.")

    def _tell_unknown(self) -> None:
        listing = self._scope.listing
        for name in listing.labels[:LOOKED_AT]:
            if name not in listing.damaged:
                self.findings.error(*_finding(name, strange(self._scope, name)))
        if listing.pictures and not listing.labels:
            what = f"It holds {len(listing.pictures):,} pictures and no labels: {_some(listing.pictures)}."
            fix = "Upload pictures alone on the page of the dataset, or add the label files."
            self.findings.error("pictures_alone", listing.pictures[0], what, fix)
            return
        names = listing.labels or listing.pictures
        held = f"It holds {_some(names)}." if names else "There are no files in it."
        self.findings.error(
            "unknown_format",
            "",
            f"No label file in it is of a format that is known here. {held}",
            "Choose the format yourself, or look in docs/formats.md how its files must be laid out.",
        )

    def _tell_damaged(self) -> None:
        foreign = sorted(self._scope.listing.foreign & self._scope.used)
        if foreign:
            self.findings.note(
                "not_utf8",
                foreign[0],
                f"{len(foreign):,} files are no UTF-8 and were read as Windows-1252: {_some(foreign)}.",
                "Look at the names of classes. If they are wrong, save the files as UTF-8.",
            )
        for name, reason in self._scope.listing.damaged.items():
            if name not in self._scope.used:
                what = f"It can't be read ({reason}), so nobody knows what it is."
                self.findings.error("unreadable", name, what, "Pack it again and import it once more.")

    def _tell_unused(self) -> None:
        used = self._scope.used
        left = [name for name in self._scope.listing.labels if name not in used]
        left = [name for name in left if name.rpartition("/")[2].lower() not in KNOWN_EXTRAS]
        for name in left[:LOOKED_AT]:
            told = strange(self._scope, name)
            if told.code in ("nested_archive", "empty_file"):
                self.findings.warning(*_finding(name, told))
        others = [guess.format for guess in self.guesses if guess.format != self.format]
        what = f"{len(left):,} files are not read as {self.format}: {_some(left)}."
        if left and others:
            fix = f"They may be {' or '.join(others)}: import them once more as that."
            self.findings.warning("file_not_read", left[0], what, fix)
        elif left:
            self.findings.note("file_not_read", left[0], what)

    def _tell_empty(self) -> None:
        if not self.image_count:
            self.findings.error(
                "nothing_found",
                "",
                f"Read as {self.format}, no image with labels was found.",
                "Choose another format, or look at the other findings.",
            )
        elif not self.shape_count:
            self.findings.warning(
                "no_shapes",
                "",
                f"{self.image_count:,} images were found, but not one label that can be taken.",
                "Look at the other findings; the format may be another one.",
            )


def _finding(name: str, told: Strange) -> tuple[str, str, str, str]:
    return told.code, name, told.what, told.fix


def detect(readers: Sequence[Reader], tree: Tree) -> list[Guess]:
    return _guesses(readers, Listing(tree))


def read(
    readers: Sequence[Reader], tree: Tree, format_name: str | None = None, size_of: SizeOf | None = None
) -> Reading:
    scope = Scope(tree, size_of)
    guesses = _guesses(readers, scope.listing)
    if format_name is None:
        format_name = guesses[0].format if guesses and guesses[0].confidence >= LIKELY else None
    elif format_name not in [reader.name for reader in readers]:
        raise LookupError(f"No reader is named {format_name}.")
    reader = next((reader for reader in readers if reader.name == format_name), None)
    return Reading(reader, guesses, scope)


def _guesses(readers: Sequence[Reader], listing: Listing) -> list[Guess]:
    found = []
    for reader in readers:
        if answer := reader.guess(listing):
            found.append(Guess(reader.name, *answer))
    return sorted(found, key=lambda guess: -guess.confidence)


def _with_own_ids(shapes: Sequence[ReadShape]) -> list[ReadShape]:
    """Parts of one object share its id; only the first may keep it."""
    taken: set[str] = set()
    found = []
    for shape in shapes:
        found.append(shape._replace(id="") if shape.id in taken else shape)
        taken.add(shape.id)
    return found


def _picture_of(listing: Listing, image: ReadImage) -> str | None:
    in_side = [f"{image.split}/{image.name}"] if image.split else []
    found = (listing.picture(name, image.file) for name in [image.name, *in_side, *image.also])
    return next((path for path in found if path), None)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - TOLD:,} more" if len(names) > TOLD else ""
    return ", ".join(name[-80:] for name in names[:TOLD]) + more
