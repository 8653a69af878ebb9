"""Masks as run lengths, and the outlines around what they cover. No pixel array is ever made."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from annotations.formats.reading.records import Unreadable

Point = tuple[float, float]
Ring = list[Point]
MAX_RUNS = 2_000_000
MAX_SIDE = 1 << 17
# Of a shape that is stored; `simplified` brings outlines below it.
MAX_OUTLINE = 2_000


def counts_of(text: str) -> list[int]:
    """The run lengths that COCO packs into letters: 5 bits each, later ones as differences.

    The packing is that of pycocotools' rleFrString. Raises Unreadable.
    """
    counts: list[int] = []
    at = 0
    while at < len(text):
        value = shift = 0
        while True:
            if at >= len(text) or shift > 50:
                raise Unreadable("The run lengths of a mask end in the middle.")
            bits = ord(text[at]) - 48
            value |= (bits & 0x1F) << shift
            at, shift = at + 1, shift + 5
            if not bits & 0x20:
                value -= (1 << shift) if bits & 0x10 else 0
                break
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        if len(counts) > MAX_RUNS:
            raise Unreadable("A mask has too many runs.")
    return counts


def column_spans(counts: Sequence[int], height: int, width: int) -> dict[int, list[tuple[int, int]]]:
    """By column, the stretches (from, to) that a mask covers. COCO counts down the columns. Raises Unreadable."""
    if not (0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE) or len(counts) > MAX_RUNS:
        raise Unreadable("A mask has an impossible size.")
    if any(count < 0 for count in counts) or sum(counts) > height * width:
        raise Unreadable("The run lengths of a mask are more than its picture has pixels.")
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    at = 0
    for index, count in enumerate(counts):
        if index % 2:
            _add_run(spans, at, at + count, height)
        at += count
    return spans


def _add_run(spans: dict[int, list[tuple[int, int]]], start: int, end: int, height: int) -> None:
    while start < end:
        column, top = divmod(start, height)
        length = min(end - start, height - top)
        before = spans[column]
        if before and before[-1][1] == top:
            before[-1] = (before[-1][0], top + length)
        else:
            before.append((top, top + length))
        start += length


def row_spans(rows: Iterable[Sequence[tuple[int, int]]], top: int = 0) -> dict[int, list[tuple[int, int]]]:
    """By row, the stretches (from, to) that are covered; `outlines` takes them turned over."""
    return {top + at: list(spans) for at, spans in enumerate(rows) if spans}


def outlines(spans: dict[int, list[tuple[int, int]]], *, by_column: bool = True) -> tuple[list[Ring], int]:
    """The outer outlines along the edges of the pixels, and how many holes they leave out."""
    follow: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for start, end in _edges(spans):
        follow[start].append(end)
    outer: list[Ring] = []
    holes = 0
    while follow:
        ring = _ring(follow)
        if _area(ring) > 0:
            outer.append([(x, y) if by_column else (y, x) for x, y in _straightened(ring)])
        else:
            holes += 1
    return outer, holes


def _edges(spans: dict[int, list[tuple[int, int]]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Edges with the mask to one side always, so that outer rings and holes turn opposite ways."""
    for x, stretches in spans.items():
        for top, end in stretches:
            yield (x, top), (x + 1, top)
            yield (x + 1, end), (x, end)
    columns = set(spans) | {x + 1 for x in spans}
    for x in columns:
        for top, end in _without(spans.get(x, []), spans.get(x - 1, [])):
            yield (x, end), (x, top)
        for top, end in _without(spans.get(x - 1, []), spans.get(x, [])):
            yield (x, top), (x, end)


def _without(stretches: list[tuple[int, int]], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What `stretches` cover and `others` do not; both in order."""
    found, at = [], 0
    for start, end in stretches:
        while at < len(others) and others[at][1] <= start:
            at += 1
        index = at
        while index < len(others) and others[index][0] < end:
            if others[index][0] > start:
                found.append((start, others[index][0]))
            start = max(start, others[index][1])
            index += 1
        if start < end:
            found.append((start, end))
    return found


def _ring(follow: dict[tuple[int, int], list[tuple[int, int]]]) -> list[tuple[int, int]]:
    start = next(iter(follow))
    ring, here, before = [start], start, start
    while True:
        ends = follow[here]
        after = ends.pop(_turn(before, here, ends) if len(ends) > 1 else 0)
        if not ends:
            del follow[here]
        if after == start:
            return ring
        ring.append(after)
        before, here = here, after


def _turn(before: tuple[int, int], here: tuple[int, int], ends: list[tuple[int, int]]) -> int:
    """Where two pixels meet at a corner the ring stays with its own pixel, so parts do not cross."""
    dx, dy = here[0] - before[0], here[1] - before[1]
    crosses = [dx * (y - here[1]) - dy * (x - here[0]) for x, y in ends]
    return crosses.index(max(crosses))


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True))


def _straightened(ring: Sequence[tuple[int, int]]) -> Ring:
    found: Ring = []
    for at, (x, y) in enumerate(ring):
        (px, py), (nx, ny) = ring[at - 1], ring[(at + 1) % len(ring)]
        if (x - px) * (ny - y) != (y - py) * (nx - x):
            found.append((float(x), float(y)))
    return found


def simplified(ring: Ring, most: int = MAX_OUTLINE) -> Ring:
    """The outline with at most that many points, as near as that allows: every other step of stairs goes first."""
    slack = 0.5
    while len(ring) > most:
        ring = _thinned(ring, slack)
        slack *= 2
    return ring


def _thinned(ring: Ring, slack: float) -> Ring:
    """Points that are less than `slack` px away from the line between those that stay are left out."""
    kept = [ring[0]]
    for at in range(1, len(ring) - 1):
        (ax, ay), (x, y), (bx, by) = kept[-1], ring[at], ring[at + 1]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5
        if not length or abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length > slack:
            kept.append((x, y))
    return [*kept, ring[-1]] if len(ring) > 1 else kept
