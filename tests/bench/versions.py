"""Versions of a large dataset: making one, comparing it with now, and going back where little changed."""

import json

from tests.bench.report import Options, Table
from tests.bench.world import served


def run(options: Options) -> list[Table]:
    images = 100_000 if options.large else 10_000
    table = Table(
        f"Versions of {images:,} images with 3 boxes each; 10 images change (medians)",
        ("what", "seconds"),
    )
    with served() as world:
        code = (
            "from tests.bench.many_images import measured; import json; "
            f"print(json.dumps(measured({world.dataset!r}, {world.key!r}, {images}, {options.repeats})))"
        )
        for name, seconds in json.loads(world.server.python(code).strip().splitlines()[-1]).items():
            table.add(name, round(seconds, 3))
    return [table]
