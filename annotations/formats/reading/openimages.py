"""OpenImages: CSV of boxes or of labels of whole pictures, in parts of the picture's size, with class names apart."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from annotations.formats.csv import restored
from annotations.formats.openimages import PREFIX
from annotations.formats.reading.grouped import Grouped
from annotations.formats.reading.listing import Listing, base_of
from annotations.formats.reading.numbers import line, number, score
from annotations.formats.reading.records import ReadClass, ReadImage, ReadShape
from annotations.formats.reading.scope import Scope, split_of
from annotations.formats.reading.tables import cell, head_row, rows

FLAGS = ("isoccluded", "istruncated", "isgroupof", "isdepiction", "isinside")


class OpenImagesReader:
    name = "openimages"
    title = "OpenImages"
    says = "The CSV files of boxes and of image labels, with class-descriptions.csv."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = label_files(listing)
        return (0.95, f"{files[0]} has the columns ImageID and LabelName.") if files else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        names = _class_names(scope)
        with ExitStack() as stack:
            images = stack.enter_context(Grouped())
            for file in label_files(scope.listing):
                with scope.reading(file) as stream:
                    table = rows(stream)
                    _, header = next(table, (0, []))
                    for at, row in table:
                        _keep(images, header, row, at, file)
            for key in images:
                yield _image(key, images.of(key), names, scope)


def label_files(listing: Listing) -> list[str]:
    return [
        name
        for name in listing.ending(".csv")
        if {"imageid", "labelname"} <= {cell.strip().lower() for cell in listing.ask(name, head_row)}
    ]


def _class_names(scope: Scope) -> dict[str, str]:
    """`/m/01g317` -> `Person`, from class-descriptions.csv, which may have a header."""
    found: dict[str, str] = {}
    for file in scope.listing.ending(".csv"):
        if "class-descriptions" in base_of(file).lower() or base_of(file).lower() == "classes.csv":
            with scope.reading(file) as stream:
                for _, row in rows(stream):
                    if len(row) >= 2 and row[0].strip().lower() != "labelname" and line(row[1]):
                        # Only our own names were made safe for spreadsheets.
                        name = restored(row[1]) if row[0].startswith(PREFIX) else row[1]
                        found[row[0].strip()] = line(name)
    if len(found) <= 2000:
        for name in found.values():
            scope.classes.add(ReadClass(name))
    return found


def _keep(images: Grouped, header: list[str], row: list[str], at: int, file: str) -> None:
    told = {name.strip().lower(): cell(row, place) for place, name in enumerate(header)}
    if told.get("labelname", "").startswith(PREFIX):
        told["imageid"] = restored(told.get("imageid", ""))
    kept = {
        key: told[key]
        for key in ("labelname", "xmin", "xmax", "ymin", "ymax", "confidence", *FLAGS)
        if key in told
    }
    images.add(told.get("imageid", ""), {**kept, "at": at, "file": file})


def _image(key: str, told: list[dict[str, Any]], names: dict[str, str], scope: Scope) -> ReadImage:
    file = told[0]["file"]
    path = scope.listing.picture(f"{key}.jpg", file) or scope.listing.picture_of_stem(f"{key}.csv")
    image = ReadImage(key, file, path=path, also=(f"{key}.jpg", f"{key}.png"), split=split_of(file))
    size = scope.size(key, path, image.also)
    if size is None and any("xmin" in row for row in told):
        scope.findings.error(
            "size_unknown",
            file,
            f"The picture {key} isn't there, and OpenImages counts in parts of its size.",
            "Add the pictures to the archive, or import into a dataset that has them.",
        )
        told = [row for row in told if "xmin" not in row]
    shapes = [shape for row in told if (shape := _shape(row, size or (1, 1), names, image, scope))]
    width, height = size or (None, None)
    return image._replace(width=width, height=height, shapes=shapes)


def _shape(
    row: dict[str, Any], size: tuple[int, int], names: dict[str, str], image: ReadImage, scope: Scope
) -> ReadShape | None:
    place = f"line {row['at']}"
    label = names.get(row.get("labelname", ""), line(row.get("labelname")))
    judged = score(row.get("confidence"))
    base = ReadShape(label, place=place)
    if judged is not None and judged < 1:
        base = base._replace(score=judged, source="model", state="proposed")
    if "xmin" not in row:
        # Confidence 0 says that somebody looked, and that it isn't there.
        return None if judged == 0 else base._replace(shape="tag")
    told = [number(row.get(key)) for key in ("xmin", "ymin", "xmax", "ymax")]
    left, top, right, bottom = told
    if left is None or top is None or right is None or bottom is None:
        scope.findings.error(
            "bad_line",
            row["file"],
            f"Line {row['at']} is left out: its box is no four numbers.",
            "Correct it.",
            place,
        )
        return None
    if max(left, top, right, bottom) > 2:
        scope.findings.error(
            "bad_line",
            row["file"],
            f"Line {row['at']} is left out: its box seems to be in pixels.",
            "Write parts of the picture's size from 0 to 1, or choose CSV.",
            place,
        )
        return None
    flags = {flag.removeprefix("is"): True for flag in FLAGS if row.get(flag) == "1"}
    width, height = size
    frame: dict[str, Any] = {
        "x": left * width,
        "y": top * height,
        "w": (right - left) * width,
        "h": (bottom - top) * height,
    }
    return base._replace(**frame, attributes=flags)
