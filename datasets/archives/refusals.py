"""Why an archive is not read any further, and how far one may go."""

from dataclasses import dataclass


class ArchiveRefused(Exception):
    """The whole archive is at fault: `detail` tells a person what to do, `code` tells a program."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Limits:
    """`ratio` compares what came out so far with the size of the archive; small ones may always grow to `grace`."""

    entries: int = 20_000
    ratio: int = 100
    total_bytes: int = 100 << 30
    member_bytes: int = 512 << 20
    grace: int = 16 << 20


class Meter:
    """Counts what really comes out of an archive, whatever its headers say."""

    def __init__(self, limits: Limits, archive_bytes: int) -> None:
        self.limits = limits
        self.most = min(limits.total_bytes, max(limits.grace, archive_bytes * limits.ratio))
        self.entries = 0
        self.bytes = 0

    def count(self, size: int) -> None:
        self.bytes += size
        if self.bytes > self.most:
            raise ArchiveRefused(
                "archive_too_large",
                f"It unpacks to more than {self.most / 2**20:,.0f} MiB. Pack fewer files into one archive.",
            )

    def count_entry(self) -> None:
        self.entries += 1
        if self.entries > self.limits.entries:
            raise too_many(self.limits.entries)


def too_many(entries: int) -> ArchiveRefused:
    return ArchiveRefused(
        "too_many_entries", f"It holds more than {entries:,} entries. Pack fewer files into one archive."
    )


def broken(reason: object) -> ArchiveRefused:
    return ArchiveRefused("corrupt", f"The archive is damaged ({str(reason)[:100]}). Pack it again.")
