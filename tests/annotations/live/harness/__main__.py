"""`python -m tests.annotations.live.harness`: the trial at full size, on the database that DATABASE_URL names."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from tests.annotations.live.harness.trial import Size, trial
from tests.live_clients import World
from tests.servers import Server


def main() -> int:
    usual = Size()
    parser = argparse.ArgumentParser(prog="python -m tests.annotations.live.harness", description=__doc__)
    parser.add_argument("--clients", type=int, default=usual.clients, help="people at work (%(default)s)")
    parser.add_argument("--edits", type=int, default=usual.edits, help="edits in all (%(default)s)")
    parser.add_argument("--kills", type=int, default=usual.kills, help="SIGKILLs of the server (%(default)s)")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of the dice (%(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="modelship-harness-") as folder:
        server = Server(Path(folder), pages=False)
        try:
            report = asyncio.run(trial(World.make(server.start()), Size(**vars(given))))
        finally:
            server.stop()
    sys.stdout.write("\n".join(report.lines()) + "\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
