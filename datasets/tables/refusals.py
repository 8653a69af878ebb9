"""Why a file is no table, what was odd in one that is, and how much a table may hold."""

from dataclasses import dataclass


class TableRefused(Exception):
    """The whole file is at fault: `detail` tells a person what to do, `code` tells a program."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold. `ratio` compares what comes out of a packed file with it; small ones may grow to `grace`."""

    rows: int = 50_000_000
    columns: int = 5_000
    cell_chars: int = 1_000_000
    line_chars: int = 8_000_000
    unpacked_bytes: int = 20 << 30
    ratio: int = 100
    grace: int = 16 << 20
    depth: int = 64
    # Cells that a sheet spans from its first to its last one, empty ones included: they are all held at once.
    sheet_cells: int = 30_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was not as it should be and was mended or kept: `count` times, first in row `row` (from 1)."""

    code: str
    detail: str
    count: int = 1
    row: int | None = None


class Findings:
    """Findings of one file, each kind once with how often it was met."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}

    def add(self, code: str, detail: str, *, row: int | None = None, count: int = 1) -> None:
        """`detail` may hold {count}, which becomes how often it was met in all."""
        known = self._found.get(code)
        first = Finding(code, detail, 0, row) if known is None else known
        self._found[code] = Finding(code, first.detail, first.count + count, first.row)

    def all(self) -> tuple[Finding, ...]:
        return tuple(
            Finding(one.code, one.detail.replace("{count}", f"{one.count:,}"), one.count, one.row)
            for one in self._found.values()
        )
