"""Which renditions there are, how large each is and what it is called. Loads no decoder: the web server reads this too."""

CONTENT_TYPE = "image/jpeg"
THUMBNAIL_SIZES = (256, 512, 1024)
INGEST_SIZES = (1024, 256)
THUMBNAIL_QUALITY = 85
# People judge edges on this one: fine quantisation and full colour resolution.
DISPLAY_QUALITY = 92
DISPLAY_NAME = "display.jpg"
# Large pictures are shown by tiles; this one lies under them and is on screen until they are there. Four
# of them (the picture, two ahead, one behind) fit into what a browser tab keeps decoded.
LARGE_DISPLAY_SIDE = 2048
LARGE_DISPLAY_NAME = f"display-{LARGE_DISPLAY_SIDE}.jpg"


def thumbnail_name(size: int) -> str:
    return f"thumb-{size}.jpg"
