"""Text that XML can hold."""

import re
from xml.sax.saxutils import escape

# XML 1.0 has no way at all to write these.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    return escape(UNWRITABLE.sub("", value))
