"""XML of strangers, read element by element: no entities, no outside files, no endless depth."""

from collections.abc import Collection, Iterator
from typing import Any, BinaryIO, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from annotations.formats.reading.records import Unreadable
from annotations.formats.reading.texts import Decoder

STEP_BYTES = 256 << 10
MAX_DEPTH = 100
# Of one element that is asked for, with all below it.
MAX_NODES = 500_000
FIX = "Export the file again; it seems to be cut off or was edited by hand."


# What tells formats of XML apart.
MARKS = ("<annotation", "<annotations", "<imagesize", "<polygon>", "<bndbox>", "<View")


def marks_of(text: str) -> frozenset[str]:
    return frozenset(mark for mark in MARKS if mark in text)


def elements(file: BinaryIO, tags: Collection[str]) -> Iterator[Element]:
    """Each element of these tags when it is complete; what lies outside of them is thrown away.

    Raises Unreadable for what is no XML, for entities of its own and for one that is too deep or too large.
    """
    sieve = _Sieve(tags)
    decoder = Decoder()
    while True:
        data = file.read(STEP_BYTES)
        sieve.feed(decoder.decode(data, is_last=not data), is_last=not data)
        yield from sieve.taken()
        if not data:
            return


class _Sieve:
    def __init__(self, tags: Collection[str]) -> None:
        self._tags = tags
        # Given text and not bytes, so what the file says of its encoding, often wrongly, does not matter.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._data
        self._parser.EntityDeclHandler = self._refuse
        self._parser.ExternalEntityRefHandler = self._refuse
        self._depth = self._nodes = 0
        self._begun = 0
        self._builder: TreeBuilder | None = None
        self._ready: list[Element] = []

    def feed(self, text: str, *, is_last: bool) -> None:
        try:
            self._parser.Parse(text.encode("utf-8", "replace"), is_last)
        except expat.ExpatError as error:
            what = f"It is no XML from line {error.lineno} on: {expat.ErrorString(error.code)}."
            raise Unreadable(what, FIX) from error

    def taken(self) -> list[Element]:
        ready, self._ready = self._ready, []
        return ready

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable(f"Its elements lie more than {MAX_DEPTH} deep.", FIX)
        if self._builder is None and tag in self._tags:
            self._builder, self._begun, self._nodes = TreeBuilder(), self._depth, 0
        if self._builder is not None:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                raise Unreadable(f"One <{tag}> holds more than {MAX_NODES:,} elements.", FIX)
            self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        if self._builder is not None:
            self._builder.end(tag)
            if self._depth == self._begun:
                self._ready.append(self._builder.close())
                self._builder = None
        self._depth -= 1

    def _data(self, text: str) -> None:
        if self._builder is not None:
            self._builder.data(text)

    def _refuse(self, *_: Any) -> NoReturn:
        raise Unreadable("It declares entities, which are not read.", "Write it without a DOCTYPE.")


def text_of(element: Element | None, path: str) -> str:
    """The text of what lies at a path below an element; empty for nothing."""
    return (element.findtext(path) or "").strip() if element is not None else ""
