"""YOLO in its layouts: data.yaml of Ultralytics, obj.data of Darknet, classes.txt, or labels beside the pictures."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from annotations.formats.reading import texts
from annotations.formats.reading.listing import Listing, base_of, is_blank, stem_of
from annotations.formats.reading.numbers import line as one_line
from annotations.formats.reading.numbers import number
from annotations.formats.reading.records import ReadClass, ReadImage, ReadShape, Unreadable
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.yolo_lines import BadLine, Pose, shape_of

NAMES = (
    "classes.txt",
    "obj.names",
    "_darknet.labels",
    "labels.txt",
    "class.names",
    "coco.names",
    "predefined_classes.txt",
)
LISTS = ("train.txt", "val.txt", "valid.txt", "test.txt", "trainval.txt", "list.txt")
SKIPPED = (*NAMES, *LISTS, "readme.txt", "readme.dataset.txt", "readme.roboflow.txt", "notes.txt")
# Names under which a description is one even without a word about folders.
USUAL = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
MAX_YAML = 1 << 20
MAX_CLASSES = 100_000
# So many label files are looked into to know the format.
SAMPLED = 20
# What is no number of a picture counts here, so that it is told where it stands.
NUMBER = r"(?:[-+]?[\d.]+(?:[eE][-+]?\d+)?|nan|[-+]?inf(?:inity)?)"
LINE = re.compile(rf"\s*\S+(?:\s+{NUMBER}){{4,}}\s*", re.IGNORECASE)


class YoloReader:
    name = "yolo"
    title = "YOLO"
    says = "Text files of boxes, turned boxes, outlines or poses, with data.yaml, obj.names or classes.txt."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        labels = label_files(listing)
        fitting = [name for name in labels[:SAMPLED] if listing.ask(name, _has_numbers)]
        described = yaml_files(listing)
        if described and (fitting or labels or listing.pictures):
            return 0.95, f"{described[0]} names classes and where the pictures are."
        if not fitting:
            return None
        if named := listing.named(*NAMES, "obj.data"):
            return 0.9, f"{named[0]} names classes, and {fitting[0]} holds lines of numbers."
        return (0.6 if listing.pictures else 0.5), f"{fitting[0]} holds lines of numbers, as YOLO has them."

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        project = _Project(scope)
        for file in label_files(scope.listing):
            image = project.image(file)
            if image is not None:
                yield image


def label_files(listing: Listing) -> list[str]:
    return [name for name in listing.ending(".txt") if base_of(name).lower() not in SKIPPED]


def yaml_files(listing: Listing) -> list[str]:
    found = []
    for name in listing.ending(".yaml", ".yml"):
        is_usual = base_of(name).lower() in USUAL and listing.ask(name, _has_names)
        if is_usual or listing.ask(name, _is_described):
            found.append(name)
    return found


def _has_names(text: str) -> bool:
    return "\nnames:" in f"\n{text}"


def _is_described(text: str) -> bool:
    keys = ("train", "val", "test", "nc", "path")
    return _has_names(text) and any(f"\n{key}:" in f"\n{text}" for key in keys)


def _has_numbers(text: str) -> bool:
    """Whether one of the first lines is a class and at least four numbers."""
    return any(LINE.fullmatch(row) for row in text.splitlines()[:SAMPLED])


class _Project:
    """What the files beside the labels tell: classes, keypoints, the names of pictures and their sides."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._names: dict[int, str] = {}
        self._pose: Pose | None = None
        # Folders of pictures by side; None where data.yaml says that there are no sides.
        self._folders: dict[str, str] | None = {}
        self._listed: dict[str, tuple[str, str]] = {}
        self._unnamed: set[int] = set()
        for file in yaml_files(scope.listing):
            self._take_yaml(file)
        if not self._names:
            self._take_names()
        for file in scope.listing.named(*LISTS):
            self._take_list(file)
        for file in scope.listing.named("obj.data", *NAMES):
            scope.mark(file)
        for name in self._names.values():
            scope.classes.add(ReadClass(name, skeleton=self._skeleton()))

    def image(self, file: str) -> ReadImage | None:
        """The image of a label file; None for a text that is none."""
        listing = self._scope.listing
        is_empty = listing.ask(file, is_blank)
        path = listing.picture_of_stem(file) or listing.picture(stem_of(file), file)
        if not is_empty and not path and not listing.ask(file, _has_numbers):
            return None
        name, side = self._listed.get(stem_of(file).casefold(), (base_of(path or stem_of(file)), ""))
        also = (base_of(name), stem_of(file))
        image = ReadImage(name, file, path=path, also=also, split=side or self._split(path, file))
        size = self._scope.size(name, path, also)
        if size is None:
            self._scope.mark(file)
            self._tell_no_size(image, is_empty=is_empty)
            return image
        return image._replace(width=size[0], height=size[1], shapes=list(self._shapes(image, size)))

    def _shapes(self, image: ReadImage, size: tuple[int, int]) -> Iterator[ReadShape]:
        with self._scope.reading(image.file) as stream:
            for at, text in texts.lines(stream):
                words = text.split()
                if not words:
                    continue
                try:
                    yield self._shape(words, size)._replace(place=f"line {at}")
                except BadLine as error:
                    self._scope.findings.error(
                        "bad_line",
                        image.file,
                        f"Line {at} is left out: {error}.",
                        "Correct or delete the line.",
                        at,
                    )

    def _shape(self, words: list[str], size: tuple[int, int]) -> ReadShape:
        found = [number(word) for word in words[1:]]
        values = [value for value in found if value is not None]
        if len(values) < len(found):
            raise BadLine("it holds something that is no number")
        return shape_of(values, size, self._pose)._replace(class_name=self._class(words[0]))

    def _class(self, word: str) -> str:
        index = number(word)
        if index is None:
            if word in self._names.values():
                return word
            raise BadLine(f"it begins with {one_line(word, 40)!r} instead of the number of a class")
        if index != int(index) or not 0 <= index < MAX_CLASSES:
            raise BadLine(f"{word[:40]} is not the number of a class")
        if int(index) not in self._names:
            self._tell_unnamed(int(index))
        return self._names.get(int(index), f"class {int(index)}")

    def _tell_unnamed(self, index: int) -> None:
        if index not in self._unnamed:
            self._unnamed.add(index)
            self._scope.findings.warning(
                "unnamed_class",
                "",
                f"Class {index} has no name; it comes in as 'class {index}'.",
                "Add data.yaml or classes.txt with the names, or map the class to one of the project.",
            )

    def _tell_no_size(self, image: ReadImage, *, is_empty: bool) -> None:
        if not is_empty:
            self._scope.findings.error(
                "size_unknown",
                image.file,
                f"The picture {image.name} isn't there, and YOLO counts in parts of its size.",
                "Add the pictures to the archive, or import into a dataset that has them.",
            )

    def _take_yaml(self, file: str) -> None:
        told: Any = None
        with self._scope.reading(file) as stream:
            told = _parsed(texts.whole(stream, MAX_YAML))
        if not isinstance(told, Mapping):
            return
        self._names |= _numbered(told.get("names"))
        shape = told.get("kpt_shape")
        if isinstance(shape, list) and len(shape) == 2 and all(isinstance(part, int) for part in shape):
            self._pose = Pose(*shape) if 0 < shape[0] <= 1000 and shape[1] in (2, 3) else None
        places = {
            "train": told.get("train"),
            "val": told.get("val") or told.get("valid"),
            "test": told.get("test"),
        }
        folders = {side: _folder(place) for side, place in places.items() if isinstance(place, str)}
        if len(set(folders.values())) < len(folders):
            self._folders = None
        elif self._folders is not None:
            self._folders |= folders

    def _take_names(self) -> None:
        for file in self._scope.listing.named(*NAMES)[:1]:
            with self._scope.reading(file) as stream:
                rows = [one_line(text) for _, text in texts.lines(stream)]
                while rows and not rows[-1]:
                    rows.pop()
                self._names = {at: name or f"class {at}" for at, name in enumerate(rows[:MAX_CLASSES])}

    def _take_list(self, file: str) -> None:
        with self._scope.reading(file) as stream:
            for _, text in texts.lines(stream):
                if path := text.strip().replace("\\", "/"):
                    self._listed[stem_of(path).casefold()] = (path, split_of(base_of(file)))

    def _split(self, path: str | None, file: str) -> str:
        if self._folders is None:
            return ""
        for side, folder in self._folders.items():
            if path and folder and f"/{folder}/" in f"/{path}":
                return side
        return split_of(file)

    def _skeleton(self) -> dict[str, Any]:
        if self._pose is None or self._pose.points > 100:
            return {}
        return {"points": [str(at + 1) for at in range(self._pose.points)], "edges": []}


def _parsed(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Unreadable("It is no YAML.", "Correct it; 'names' is what is needed.") from error


def _numbered(told: Any) -> dict[int, str]:
    """Names by number, from a list or from numbers with names."""
    pairs = told.items() if isinstance(told, Mapping) else enumerate(told) if isinstance(told, list) else ()
    found = {}
    for at, name in list(pairs)[:MAX_CLASSES]:
        index = number(at)
        if index is not None and index == int(index) and (shown := one_line(name)):
            found[int(index)] = shown
    return found


def _folder(place: str) -> str:
    """Roboflow writes `../train/images` for a folder beside data.yaml."""
    return "/".join(part for part in place.replace("\\", "/").split("/") if part not in ("", ".", ".."))
