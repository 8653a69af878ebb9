"""COCO: boxes, outlines, run lengths and keypoints of one or several JSON files, in whatever order they hold them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from annotations.formats.reading.coco_shapes import Category, category_of, shapes_of
from annotations.formats.reading.grouped import Grouped
from annotations.formats.reading.json_heads import JsonHead, json_head
from annotations.formats.reading.json_items import items
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.numbers import line, side
from annotations.formats.reading.records import ReadClass, ReadImage
from annotations.formats.reading.scope import Scope, split_of

FIELDS = ("info", "licenses", "categories", "images", "annotations", "type")
KEPT = (
    *("id", "category_id", "bbox", "segmentation", "keypoints", "iscrowd", "score", "state", "source"),
    *("attributes", "rotation", "segments_info", "caption", "track_id"),
)


class CocoReader:
    name = "coco"
    title = "COCO"
    says = "JSON of boxes, outlines and keypoints; one file, or one for train, val and test each."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = coco_files(listing)
        return (
            (0.9, f"{files[0]} has images and categories or annotations as COCO names them.")
            if files
            else None
        )

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in coco_files(scope.listing) or scope.listing.ending(".json"):
            with ExitStack() as stack:
                yield from _CocoFile(scope, file, stack).images()


def coco_files(listing: Listing) -> list[str]:
    return [name for name in listing.ending(".json") if is_coco(listing.ask(name, json_head))]


def is_coco(head: JsonHead) -> bool:
    """The lists may begin anywhere in a large file, so what its first list holds counts too."""
    if head.opening != "{":
        return False
    hints = {"images", "annotations", "categories"} & head.keys
    is_listed = {"file_name", "image_id", "supercategory"} & head.inner
    return len(hints) == 3 or (bool(hints) and bool(is_listed) and "dataset" not in head.keys)


class _CocoFile:
    def __init__(self, scope: Scope, file: str, stack: ExitStack) -> None:
        self._scope, self._file = scope, file
        self._images = stack.enter_context(Grouped())
        self._shapes = stack.enter_context(Grouped())
        self._categories: dict[str, Category] = {}
        self._counts: Counter[str] = Counter()
        self._split = split_of(file)

    def images(self) -> Iterator[ReadImage]:
        with self._scope.reading(self._file) as stream:
            for key, index, value in items(stream):
                if index is None or not isinstance(value, dict):
                    self._note_value(key, index, value)
                elif key == "categories":
                    self._add_category(value, index)
                elif key == "images":
                    self._add_image(value, index)
                elif key == "annotations":
                    self._add_shape(value, index)
        self._tell_ids()
        for key in self._images:
            for told in self._images.of(key)[:1]:
                yield self._image(key, told)

    def _note_value(self, key: str, index: int | None, value: Any) -> None:
        if key in ("images", "annotations", "categories") and value != []:
            where = f"{key}[{index}]" if index is not None else key
            self._scope.findings.error(
                "bad_entry", self._file, f"{where} is no object.", "Take it out, or export again.", where
            )

    def _add_category(self, row: dict[str, Any], index: int) -> None:
        found = category_of(row)
        where = f"categories[{index}]"
        if found is None:
            self._scope.findings.error(
                "bad_category", self._file, f"{where} has no id or no name.", "Give it both.", where
            )
        elif str(row.get("id")) in self._categories:
            self._scope.findings.warning(
                "duplicate_id",
                self._file,
                f"Two categories have the id {line(row.get('id'))}. The first counts.",
                "Number them differently.",
                where,
            )
        else:
            self._categories[str(row.get("id"))] = found
            self._scope.classes.add(ReadClass(found.name, found.color, skeleton=found.skeleton))

    def _add_image(self, row: dict[str, Any], index: int) -> None:
        name = row.get("file_name") or row.get("coco_url") or row.get("flickr_url")
        if row.get("id") is None or not isinstance(name, str):
            self._scope.findings.error(
                "bad_image",
                self._file,
                f"images[{index}] has no id or no file name.",
                "Give it both.",
                f"images[{index}]",
            )
            return
        kept = {key: row.get(key) for key in ("width", "height", "sha256", "state", "tags") if key in row}
        self._images.add(row["id"], {**kept, "file_name": name[:1000].replace("\\", "/")}, id=row["id"])

    def _add_shape(self, row: dict[str, Any], index: int) -> None:
        kept = {key: row[key] for key in KEPT if key in row}
        self._shapes.add(row.get("image_id"), {**kept, "at": index}, id=row.get("id"))

    def _tell_ids(self) -> None:
        findings, file = self._scope.findings, self._file
        for id, count in self._images.twice():
            findings.error(
                "duplicate_id",
                file,
                f"{count} images have the id {id[:100]}. Only the first is taken, with the labels of all.",
                "Number the images differently.",
                id,
            )
        for id, count in self._shapes.twice():
            findings.warning(
                "duplicate_id",
                file,
                f"{count} annotations have the id {id[:100]}. All are taken.",
                "Nothing, if they are different.",
                id,
            )
        for key in self._shapes:
            if not self._images.count(key):
                findings.error(
                    "unknown_image",
                    file,
                    f"{self._shapes.count(key):,} annotations are of the image {key[:100]}, which is not listed.",
                    "Add the image to 'images', or take the annotations out.",
                    key,
                )

    def _image(self, key: str, told: dict[str, Any]) -> ReadImage:
        name = told["file_name"]
        image = ReadImage(
            name,
            self._file,
            also=(f"images/{self._split}/{name}",) if self._split else (),
            width=side(told.get("width")),
            height=side(told.get("height")),
            sha256=told.get("sha256") if isinstance(told.get("sha256"), str) else None,
            split=self._split or split_of(name),
            state=line(told.get("state")) or None,
        )
        rows = self._shapes.of(key)
        tags = told.get("tags")
        rows += (
            [{**row, "at": "tag"} for row in tags if isinstance(row, dict)] if isinstance(tags, list) else []
        )
        shapes = [shape for row in rows for shape in shapes_of(row, self._categories, image, self._scope)]
        return image._replace(shapes=shapes)
