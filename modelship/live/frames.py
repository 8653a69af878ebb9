"""Text messages as RFC 6455 puts them on the wire."""

from functools import lru_cache

WHOLE_TEXT = 0x81
MASKED = 0x80
# Sizes up to this stand in the second byte, which otherwise says where the size stands.
SHORT, IN_TWO_BYTES = 125, 126


# What a room is told goes to one member after the other.
@lru_cache(maxsize=4)
def frame_of(text: str) -> bytes:
    """A text message as one final frame, unmasked as from every server, not compressed."""
    body = text.encode()
    size = len(body)
    if size <= SHORT:
        return bytes((WHOLE_TEXT, size)) + body
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2) + body
    return b"\x81\x7f" + size.to_bytes(8) + body


def texts_in(data: bytes) -> list[bytes] | None:
    """The messages in `data`; None unless it is nothing but whole frames of masked texts below 64 KiB."""
    found, at, end = [], 0, len(data)
    while at < end:
        if data[at] != WHOLE_TEXT or end - at < 6:
            return None
        size, body = data[at + 1] - MASKED, at + 6
        if size == IN_TWO_BYTES:
            size, body = int.from_bytes(data[at + 2 : at + 4]), at + 8
            if size <= SHORT:
                return None
        elif not 0 <= size <= SHORT:
            return None
        at = body + size
        if at > end:
            return None
        text = _unmasked(data[body:at], data[body - 4 : body])
        if not _is_text(text):
            return None
        found.append(text)
    return found


def _unmasked(body: bytes, mask: bytes) -> bytes:
    """As one large number: byte by byte, Python would take a thousand times as long."""
    size = len(body)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(body, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
