"""Lists, counts and windows of a dataset of 1,000,000 pictures: milliseconds in the server, without the network.

On the database that DATABASE_URL names, as the other benches.
"""

import json

from tests.bench.report import Options, Table, median
from tests.bench.world import served

COUNT = 1_000_000
PAGE_MS, FACETS_MS = 50, 300

IN_PROCESS = """
import json
from tests.bench.in_process_lists import measured
print(json.dumps(measured({dataset!r}, {key!r}, {count}, {repeats})))
"""


def run(options: Options) -> list[Table]:
    with served() as world:
        code = IN_PROCESS.format(dataset=world.dataset, key=world.key, count=COUNT, repeats=options.repeats)
        found = json.loads(world.server.python(code).strip().splitlines()[-1])
    table = Table(f"Lists of {COUNT:,} pictures, {found['database']}", ("call", "median ms", "slowest ms"))
    for name, seconds in found["calls"].items():
        table.add(name, round(median(seconds) * 1000, 1), round(max(seconds) * 1000, 1))
    table.notes.append(f"Goals: a page under {PAGE_MS} ms, total and facets under {FACETS_MS} ms.")
    table.notes.append(f"Pages have 50 pictures. Seeding took {found['seeded']:.0f} s.")
    return [table]
