"""JSON too large for memory, read one element at a time.

Only one element is in memory, of a list that may have millions. A document of 500 MB takes some MB.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from annotations.formats.reading.records import Unreadable
from annotations.formats.reading.texts import Decoder

STEP_BYTES = 512 << 10
# Of one element. An image with all its shapes is far below.
MAX_ITEM = 64 << 20
SPACE = " \t\r\n"
FIX = "Export the file again; it seems to be cut off or was edited by hand."


class Item(NamedTuple):
    """An element of a list (`at` from 0), or the whole value of a key (`at` None).

    `key` is that of the outer object; empty for the elements of a document that is a list.
    """

    key: str
    at: int | None
    value: Any


def items(file: BinaryIO) -> Iterator[Item]:
    """The elements of each list and the other values of the outer object, in the order of the file.

    Raises Unreadable at the place where the text stops being JSON; what comes before has been yielded.
    """
    text = _Text(file)
    opening = text.take("[{")
    if opening == "[":
        yield from _elements(text, "")
    else:
        yield from _members(text)
    if text.peek():
        raise text.broken("something follows its end")


def _members(text: "_Text") -> Iterator[Item]:
    if text.peek() == "}":
        text.take("}")
        return
    while True:
        if text.peek() != '"':
            raise text.broken("a key is missing")
        key = str(text.value())
        text.take(":")
        if text.peek() == "[":
            text.take("[")
            yield from _elements(text, key)
        else:
            yield Item(key, None, text.value())
        if text.take(",}") == "}":
            return


def _elements(text: "_Text", key: str) -> Iterator[Item]:
    if text.peek() == "]":
        text.take("]")
        # That the list is there counts, even where nothing is in it.
        yield Item(key, None, [])
        return
    index = 0
    while True:
        yield Item(key, index, text.value())
        index += 1
        if text.take(",]") == "]":
            return


class _Text:
    """A window of the text that moves along the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._decoder, self._scanner = file, Decoder(), json.JSONDecoder(strict=False)
        self._window, self._at, self._before, self._is_ended = "", 0, 0, False

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in SPACE:
                self._at += 1
            if self._at < len(self._window):
                return self._window[self._at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        found = self.peek()
        if not found or found not in wanted:
            raise self.broken(f"{' or '.join(wanted)} is missing")
        self._at += 1
        return found

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self._scanner.raw_decode(self._window, self._at)
            except json.JSONDecodeError as error:
                if self._is_ended or not self._more():
                    raise self.broken(error.msg.lower()) from error
                continue
            except (RecursionError, ValueError) as error:
                raise self.broken("it is nested too deeply, or a number is too long") from error
            # A number may go on behind the window.
            if end < len(self._window) or not self._more():
                self._at = end
                return value

    def _more(self) -> bool:
        """Read on, at least as much again as is left: what is parsed twice stays below twice the file."""
        left = len(self._window) - self._at
        if self._is_ended:
            return False
        if left > MAX_ITEM:
            raise self.broken(f"one element has more than {MAX_ITEM >> 20} MiB")
        data = self._file.read(max(STEP_BYTES, left))
        self._is_ended = not data
        self._before += self._at
        self._window = self._window[self._at :] + self._decoder.decode(data, is_last=not data)
        self._at = 0
        return bool(data) or len(self._window) > left

    def broken(self, reason: str) -> Unreadable:
        return Unreadable(f"It is no JSON from character {self._before + self._at + 1:,} on: {reason}.", FIX)
