"""A list of addresses on the web. Each is asked for by the outbound client, so no SDK is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from datasets.sources.base import Changed, Entry, Field, Kind, Outside, Values
from modelship.lib.errors import Problem, Unavailable, Unprocessable
from modelship.lib.outbound import download, look

MAX_URLS = 10_000
# So many in a row that do not answer mean that the network is away.
AWAY_AFTER = 8


class WebReader:
    def __init__(self, urls: dict[str, str], outside: Outside) -> None:
        self.urls, self.policy, self.max_bytes = urls, outside.policy, outside.max_bytes

    def entries(self) -> Iterator[Entry]:
        away = 0
        for key in self.urls:
            try:
                entry = self._seen(key)
            except Problem as problem:
                away = away + 1 if isinstance(problem, Unavailable) else 0
                if away >= AWAY_AFTER:
                    raise
                # One address that refuses is one file that is refused, when it is its turn.
                entry = Entry(key)
            else:
                away = 0
            yield entry

    def look(self, key: str) -> Entry | None:
        return self._seen(key) if key in self.urls else None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        before = self._seen(entry.key)
        if before != entry:
            raise Changed
        _, size = download(self.urls[entry.key], sink, max_bytes=self.max_bytes, policy=self.policy)
        if before.size is not None and size != before.size:
            raise Changed

    def _seen(self, key: str) -> Entry:
        found = look(self.urls[key], policy=self.policy)
        return Entry(key, found.size, found.modified, found.etag)


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[WebReader]:
    lines = [line.strip() for line in values["urls"].splitlines() if line.strip()]
    if len(lines) > MAX_URLS:
        raise Unprocessable(f"There may be {MAX_URLS:,} addresses. Split the list.", field="urls")
    yield WebReader({key_of(line): line for line in lines}, outside)


def key_of(url: str) -> str:
    return url.split("://", 1)[-1]


KIND = Kind(
    "http",
    "List of web addresses",
    "Pictures on the web, an address a line. Each must be the picture itself, not a page around it.",
    (
        Field(
            "urls",
            "Addresses",
            f"One a line, starting with https://. At most {MAX_URLS:,}.",
            required=True,
            many_lines=True,
            most=2_000_000,
        ),
    ),
    opened,
    is_web=True,
)
