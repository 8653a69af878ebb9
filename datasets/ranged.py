"""Reading an object of a bucket as a file: only the parts that are read travel."""

import io
from typing import Any

# Who reads on and on is served ever larger parts, up to this many bytes.
MOST_AHEAD = 8 << 20


class RangedObject(io.RawIOBase):
    """An object as a seekable file that knows its size. Raises FileNotFoundError where there is none.

    The first read after a jump fetches what it asks for and no more; each one that goes on from there
    fetches twice as much as the one before, so that a long read takes few requests.
    """

    def __init__(self, source: Any) -> None:
        """`source` is boto3's Object; boto3 itself is there only where somebody uses it."""
        super().__init__()
        try:
            self.size: int = source.content_length
        except source.meta.client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
                raise FileNotFoundError(source.key) from error
            raise
        self._source = source
        self._at = 0
        self._held, self._held_from = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(start + offset, 0)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer, or what of it the rest of the object fills."""
        view, filled = memoryview(buffer).cast("B"), 0
        while filled < len(view) and self._at < self.size:
            part = self._part(len(view) - filled)
            view[filled : filled + len(part)] = part
            filled += len(part)
            self._at += len(part)
        return filled

    def _part(self, most: int) -> bytes:
        """At least one byte from where the file stands, at most so many."""
        skipped = self._at - self._held_from
        if not 0 <= skipped < len(self._held):
            goes_on = bool(self._held) and skipped == len(self._held)
            ahead = min(2 * len(self._held), MOST_AHEAD) if goes_on else 0
            self._fetch(max(most, ahead))
            skipped = 0
        return self._held[skipped : skipped + most]

    def _fetch(self, length: int) -> None:
        last = min(self._at + length, self.size) - 1
        answer = self._source.get(Range=f"bytes={self._at}-{last}")
        self._held, self._held_from = answer["Body"].read(), self._at
        if not self._held:
            raise EOFError(f"{self._source.key} ends before {self._at}.")
