"""The orders of a list. Each one is a key that pages go on from, and has an index."""

from modelship.lib.errors import BadRequest

DEFAULT = "order"
COLUMNS = {
    "order": ("ordinal",),
    "oldest": ("created_at", "id"),
    "name": ("filename", "id"),
    "pixels": ("pixels", "id"),
    "bytes": ("size", "id"),
    "boxes": ("box_count", "id"),
    "score": ("lowest_score", "id"),
    "-score": ("highest_score", "id"),
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
    "bytes": "Smallest file first",
    "-bytes": "Largest file first",
    "boxes": "Fewest boxes first",
    "-boxes": "Most boxes first",
    "score": "Least certain first",
    "-score": "Most certain first",
    "sharpness": "Least sharp first",
    "-sharpness": "Sharpest first",
    "brightness": "Darkest first",
    "-brightness": "Brightest first",
}
# Pictures that were never measured, or have no proposal with a score, stand nowhere in such an order.
MEASURED = ("sharpness", "brightness", "score")


def columns_of(sort: str) -> tuple[str, ...]:
    """The columns behind the name of an order. Raises BadRequest for another name."""
    if sort not in TITLES:
        detail = f"'sort' must be one of {', '.join(TITLES)}."
        raise BadRequest(detail, code="bad_sort", field="sort")
    if sort == NEWEST:
        return _down(COLUMNS["oldest"])
    return _down(_columns(sort)) if sort.startswith("-") else _columns(sort)


def measure_of(sort: str) -> str | None:
    """The column that must be there for a picture to have a place in this order."""
    return _columns(sort)[0] if sort.lstrip("-") in MEASURED else None


def _columns(sort: str) -> tuple[str, ...]:
    """Those of the name itself, where it has its own for the way down, or of the way up."""
    return COLUMNS.get(sort) or COLUMNS[sort.lstrip("-")]


def _down(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"-{column}" for column in columns)
