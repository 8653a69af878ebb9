"""`python -m inference.service [--host 127.0.0.1] [--port 8001]`: the detector service, until it is told to stop."""

import argparse
import sys

from inference.service.server import serve
from inference.service.settings import BadSetting, Settings


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m inference.service", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    given = parser.parse_args()
    try:
        settings = Settings.read()
        settings.check_bind(given.host)
    except BadSetting as error:
        sys.stderr.write(f"{error}\n")
        return 2
    serve(settings, host=given.host, port=given.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
