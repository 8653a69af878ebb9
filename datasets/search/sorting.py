"""The orders of a list. Each one is a key that pages go on from, and has an index, or a reason to have none."""

from modelship.lib.errors import BadRequest

DEFAULT = "order"
# Boxes have none: an index of a counter would make every edit of a picture write to all of its indexes.
COLUMNS = {
    "order": ("ordinal",),
    "oldest": ("created_at", "id"),
    "name": ("filename", "id"),
    "pixels": ("pixels", "id"),
    "boxes": ("box_count", "id"),
    "sharpness": ("sharpness", "id"),
    "brightness": ("brightness", "id"),
}
NEWEST = "newest"
TITLES = {
    "order": "Gallery order",
    "-order": "Gallery order, last first",
    "newest": "Newest first",
    "oldest": "Oldest first",
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "pixels": "Smallest first",
    "-pixels": "Largest first",
    "boxes": "Fewest boxes first",
    "-boxes": "Most boxes first",
    "sharpness": "Least sharp first",
    "-sharpness": "Sharpest first",
    "brightness": "Darkest first",
    "-brightness": "Brightest first",
}
# Pictures that were never measured stand nowhere in an order of measures.
MEASURED = ("sharpness", "brightness")


def columns_of(sort: str) -> tuple[str, ...]:
    """The columns behind the name of an order. Raises BadRequest for another name."""
    if sort not in TITLES:
        detail = f"'sort' must be one of {', '.join(TITLES)}."
        raise BadRequest(detail, code="bad_sort", field="sort")
    name, is_down = ("oldest", True) if sort == NEWEST else (sort.lstrip("-"), sort.startswith("-"))
    return tuple(f"-{column}" if is_down else column for column in COLUMNS[name])


def measure_of(sort: str) -> str | None:
    """The column that must be there for a picture to have a place in this order."""
    name = sort.lstrip("-")
    return name if name in MEASURED else None
