"""How far two hashes are from each other, for the few that a page shows: the search has its own way, in numpy."""

MASK = (1 << 64) - 1
SIDE = 8
ODD_COLUMNS = 0x5555555555555555
ODD_ROWS = 0x00FF00FF00FF00FF
FLIPS = (0, ODD_COLUMNS, ODD_ROWS, ODD_COLUMNS ^ ODD_ROWS)


def distance(one: int, other: int, *, with_turned: bool = False) -> int:
    """The bits in which they differ; `with_turned` in the position in which these are fewest."""
    forms = [one & MASK]
    if with_turned:
        forms = [form ^ flip for form in (one & MASK, _transposed(one & MASK)) for flip in FLIPS]
    return min((form ^ other & MASK).bit_count() for form in forms)


def _transposed(value: int) -> int:
    return sum(
        (value >> (SIDE * row + column) & 1) << (SIDE * column + row)
        for row in range(SIDE)
        for column in range(SIDE)
    )
