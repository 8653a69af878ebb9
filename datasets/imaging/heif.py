"""HEIC, the pictures that phones take: libheif decodes them, through Pillow, once it was told."""


def know_heif() -> None:
    """From here on Pillow opens HEIC files, in this process.

    Always the picture itself and all of it: a thumbnail that lies in the file may show something else,
    and would hide that the rest is damaged. libheif turns pictures as the file tells, so that no EXIF
    orientation is left to apply. One thread, because several pictures are decoded at once anyway.
    """
    # Only a process that meets such a file loads the decoder, which leaves the web server without it.
    from pillow_heif import register_heif_opener  # noqa: PLC0415

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
