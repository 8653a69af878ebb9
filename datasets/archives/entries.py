"""What readers of both families tell of a member."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from datasets.archives.refusals import ArchiveRefused, Meter


@dataclass(frozen=True)
class Entry:
    """A member as the headers describe it, which may all be lies; `open` is for one without a problem.

    `checksum` is what the archive itself keeps of the bytes, if anything; `offset` is where they begin in a tar.
    """

    name: str
    size: int
    is_folder: bool
    problem: tuple[str, str] | None
    open: Callable[[], BinaryIO]
    modified: str = ""
    checksum: str = ""
    offset: int = 0


class Metered(io.RawIOBase):
    """A member's bytes, held to what one file may have, and counted where nobody below counts them."""

    def __init__(
        self, file: BinaryIO, meter: Meter, errors: tuple[type[Exception], ...], *, counts: bool = True
    ) -> None:
        self._file, self._meter, self._errors, self._counts = file, meter, errors, counts
        self._left = meter.limits.member_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._file.read(min(len(view), 1 << 20))
        except self._errors as error:
            raise MemberBroken(f"It is damaged in the archive ({str(error)[:100]}).") from error
        if self._counts:
            self._meter.count(len(data))
        self._left -= len(data)
        if self._left < 0:
            raise MemberBroken("It holds more bytes than a file may have.")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class MemberBroken(ValueError):
    """One member can't be read to its end; the others may be fine."""


def unopenable() -> BinaryIO:
    raise ArchiveRefused("unopenable", "A member with a problem can't be opened.")
