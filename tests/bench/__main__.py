"""`python -m tests.bench [editor|inference|edits|live|ingest|dedup|lists|versions|service|export ...]`: medians, and ratios of one run."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from tests.bench import dedup, editor, edits, export, inference, ingest, lists, live, service, versions
from tests.bench.report import Absent, Options, Table, machine

BENCHES: dict[str, Callable[[Options], list[Table]]] = {
    "editor": editor.run,
    "inference": inference.run,
    "edits": edits.run,
    "live": live.run,
    "ingest": ingest.run,
    "dedup": dedup.run,
    "lists": lists.run,
    "versions": versions.run,
    "service": service.run,
    "export": export.run,
}


def main() -> None:
    given = _arguments()
    options = Options(repeats=given.repeats, large=given.large)
    started, results = f"{datetime.now(UTC):%Y-%m-%d}. {machine()}.", {}
    if not given.json:
        sys.stdout.write(f"{started}\n\n")
    for name in given.benches or BENCHES:
        tables = _measured(name, options)
        results[name] = [table.to_dict() for table in tables]
        if not given.json:
            sys.stdout.write("\n".join(table.text() for table in tables) + "\n")
            sys.stdout.flush()
    if given.json:
        sys.stdout.write(json.dumps({"machine": started, "benches": results}, indent=1) + "\n")


def _measured(name: str, options: Options) -> list[Table]:
    began = time.monotonic()
    try:
        tables = BENCHES[name](options)
    except Absent as reason:
        return [Table(name, ("skipped",), [(str(reason),)])]
    tables[-1].notes.append(f"{name}: {time.monotonic() - began:.0f} s in all. Now {machine()}.")
    return tables


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="bench", help=f"{', '.join(BENCHES)}; all by default")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of every measurement (5)")
    parser.add_argument("--large", action="store_true", help="10,000 boxes too, and higher rates")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of tables")
    given = parser.parse_args()
    unknown = set(given.benches) - set(BENCHES)
    if unknown:
        parser.error(f"No bench is called {', '.join(sorted(unknown))}. Choose from {', '.join(BENCHES)}.")
    return given


if __name__ == "__main__":
    main()
