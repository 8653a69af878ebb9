"""What is read off the wire past the parser is what the parser would have read."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from modelship.live.frames import frame_of, texts_in

texts = st.text(max_size=200) | st.integers(0, 65_535).map(lambda size: "x" * size)


def sent(*frames: Frame) -> bytes:
    return b"".join(frame.serialize(mask=True) for frame in frames)


def whole(text: str) -> Frame:
    return Frame(Opcode.TEXT, text.encode())


@given(st.lists(texts.filter(lambda text: len(text.encode()) < 1 << 16), max_size=3))
def test_whole_texts_are_read(said: list[str]):
    assert texts_in(sent(*map(whole, said))) == [text.encode() for text in said]


@pytest.mark.parametrize(
    "data",
    [
        sent(Frame(Opcode.PING, b"")),
        sent(Frame(Opcode.CLOSE, b"")),
        sent(Frame(Opcode.BINARY, b"{}")),
        sent(Frame(Opcode.TEXT, b"{", fin=False), Frame(Opcode.CONT, b"}")),
        # A reserved bit, as a compressed message would have.
        b"\xc1\x82\x00\x00\x00\x00{}",
        sent(Frame(Opcode.TEXT, b"\xff")),
        sent(whole("x" * 65_536)),
        sent(whole("{}"), Frame(Opcode.PING, b"")),
        whole("{}").serialize(mask=False),
        # A size that would have fitted in the second byte.
        b"\x81\xfe\x00\x02\x00\x00\x00\x00{}",
    ],
)
def test_anything_else_is_left_to_the_parser(data: bytes):
    assert texts_in(data) is None


def test_what_comes_in_pieces_is_left_to_the_parser():
    data = sent(whole("x" * 300), whole("{}"))
    ends = {0, len(sent(whole("x" * 300))), len(data)}

    assert [cut for cut in range(len(data) + 1) if texts_in(data[:cut]) is not None] == sorted(ends)


@given(st.binary(max_size=400))
def test_no_bytes_break_it(data: bytes):
    texts_in(data)


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_are_those_of_the_standard(size: int):
    text = "".join(random.Random(size).choices("abc", k=size))

    assert frame_of(text) == whole(text).serialize(mask=False)
