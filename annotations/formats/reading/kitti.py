"""KITTI: one text file a picture, a line an object: class, three facts, left, top, right, bottom, then 3D."""

from collections.abc import Iterator
from typing import Any

from annotations.formats.reading import texts
from annotations.formats.reading.listing import Listing, base_of, is_blank, stem_of
from annotations.formats.reading.numbers import line, number, score
from annotations.formats.reading.records import ReadImage, ReadShape
from annotations.formats.reading.scope import Scope, split_of

COLUMNS = (15, 16)
# A region that nobody labelled. It is no object.
DONT_CARE = "dontcare"
SAMPLED = 20
FOLDER = "/label_2/"
# What a file says that knows nothing of space.
FLAT = ((-1.0,) * 3, (0.0,) * 3, (-1000.0,) * 3)


class KittiReader:
    name = "kitti"
    title = "KITTI"
    says = "Text files of 15 columns, in label_2 beside image_2. Of 3D only the box in the picture is taken."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        files = listing.ending(".txt")[:SAMPLED]
        fitting = [name for name in files if listing.ask(name, _is_kitti)]
        if fitting:
            return 0.9, f"{fitting[0]} has a class and 14 numbers a line."
        empty = [name for name in files if _is_empty(name, listing)]
        return (0.6, f"{empty[0]} lies in {FOLDER}.") if empty else None

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for file in scope.listing.ending(".txt"):
            if not scope.listing.ask(file, _is_kitti) and not _is_empty(file, scope.listing):
                continue
            path = scope.listing.picture_of_stem(file)
            name = base_of(path or stem_of(file))
            image = ReadImage(name, file, path=path, also=(stem_of(file),), split=split_of(file))
            yield image._replace(shapes=list(_shapes(image, scope)))


def _is_empty(file: str, listing: Listing) -> bool:
    """A picture without objects has an empty file."""
    return FOLDER in f"/{file}" and listing.ask(file, is_blank)


def _is_kitti(text: str) -> bool:
    first = next((row.split() for row in text.splitlines() if row.strip()), [])
    is_long = len(first) in COLUMNS and number(first[0]) is None
    return is_long and all(number(word) is not None for word in first[1:])


def _shapes(image: ReadImage, scope: Scope) -> Iterator[ReadShape]:
    skipped = 0
    is_in_space = False
    with scope.reading(image.file) as stream:
        for at, text in texts.lines(stream):
            words = text.split()
            if not words:
                continue
            values = [number(word) for word in words[1:]]
            if len(words) not in COLUMNS or None in values:
                scope.findings.error(
                    "bad_line",
                    image.file,
                    f"Line {at} is left out: it has not a class and 14 or 15 numbers.",
                    "Correct or delete the line.",
                    at,
                )
                continue
            if words[0].lower() == DONT_CARE:
                skipped += 1
                continue
            told = [value for value in values if value is not None]
            is_in_space = is_in_space or tuple(told[10:13]) not in FLAT
            yield _shape(words[0], told, at)
    if skipped:
        scope.findings.note("dont_care", image.file, f"{skipped} regions that nobody labelled are left out.")
    if is_in_space:
        scope.findings.warning(
            "no_space",
            image.file,
            f"Where the objects of {base_of(image.name)} are in space is left out.",
            "",
        )


def _shape(name: str, told: list[float], at: int) -> ReadShape:
    truncated, occluded, alpha, left, top, right, bottom = told[:7]
    attributes: dict[str, Any] = {}
    if truncated > 0:
        attributes["truncated"] = truncated
    if occluded > 0:
        attributes["occluded"] = int(occluded)
    if alpha != -10:
        attributes["alpha"] = alpha
    judged = score(told[14]) if len(told) > 14 else None
    return ReadShape(
        line(name),
        x=left,
        y=top,
        w=right - left,
        h=bottom - top,
        attributes=attributes,
        score=judged,
        source="import" if judged is None else "model",
        state="accepted" if judged is None else "proposed",
        place=f"line {at}",
    )
