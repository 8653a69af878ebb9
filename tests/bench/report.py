"""What a bench hands back: rows of figures beside a limit or a peer of the same run, and notes."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.data import HOME

Cell = str | int | float | None


class Absent(Exception):
    """What a part of a bench needs is not on this machine; the text says what."""


@dataclass(frozen=True)
class Options:
    """How long to measure: `repeats` of everything, and the larger inputs where `large` is set."""

    repeats: int = 5
    large: bool = False


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and of all cores together: the second hardly feels what else is running."""

    wall: float
    cpu: float


@dataclass
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        self.rows.append(cells)

    def text(self) -> str:
        """The table as Markdown that also reads well in a terminal."""
        lines = [[_shown(cell) for cell in row] for row in [self.columns, *self.rows]]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        head, *body = [_line(line, widths) for line in lines]
        rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([f"### {self.title}", "", head, rule, *body, *(["", *notes] if notes else []), ""])

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def shared(name: str) -> Path:
    """A file or folder of the shared test data; raises Absent."""
    path = HOME / name
    if not path.exists():
        raise Absent(f"needs {name} of the shared test data (set MODELSHIP_TEST_DATA)")
    return path


def ratio(ours: float, theirs: float) -> str:
    """How many times `theirs` ours is."""
    return f"{ours / theirs:.2f}x" if theirs else "-"


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def share(values: Sequence[float], part: float) -> float:
    """The value below which `part` of them lie; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def machine() -> str:
    """The machine and how busy it was, in a line."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}, load {load}"
    )


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    if not isinstance(cell, float):
        return f"{cell:,}" if isinstance(cell, int) else cell
    return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = [(cell, width) for cell, width in zip(cells, widths, strict=True)]
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]
    return "| " + " | ".join(padded) + " |"
