"""Train, val and test in files: which side an image is on, and what the sides are called."""

from annotations.formats.records import ExportImage

SIDES = ("train", "val", "test")
# Where images go that are on no side; nothing trains on it.
UNSPLIT = "unsplit"


def side_of(image: ExportImage) -> str:
    return image.split or UNSPLIT


def sides_among(splits: set[str]) -> tuple[str, ...]:
    """The sides of images with these splits, in their order; none where no image has one."""
    if not splits & set(SIDES):
        return ()
    return tuple(side for side in (*SIDES, UNSPLIT) if (side if side != UNSPLIT else "") in splits)
