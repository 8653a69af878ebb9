"""Pictures larger than a browser bears, drawn in little time and memory."""

import io

from PIL import Image

from tests.datasets.pictures import BLUE, RED

# The lower right corner, from MARK pixels before the end, is blue.
MARK = 700


def big_picture(width: int = 9000, height: int = 9000, kind: str = "JPEG", **options) -> bytes:
    """Red with a blue lower right corner."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width - MARK, height - MARK, width, height))
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()
