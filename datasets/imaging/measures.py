"""What a picture measures: how it looks from afar, how sharp and how bright it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measures:
    """`phash` is signed, as databases keep 64 bits; `brightness` is the mean luma, 0 to 255.

    `sharpness` is the variance of the Laplacian of the grey picture at most 512 pixels wide and high:
    below about 50 a photo looks blurred (Pech-Pacheco et al., 2000).
    """

    phash: int
    sharpness: float
    brightness: float


def hash_text(phash: int | None) -> str | None:
    """The hash as 16 hexadecimal digits."""
    return None if phash is None else f"{phash & (1 << 64) - 1:016x}"
