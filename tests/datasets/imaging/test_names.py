import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.imaging.names import BIDI, display_name


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "aSet-Cookie: x.jpg"),
        ("\u202egpj.exe.jpg", "gpj.exe.jpg"),
        ("Cafe\u0301.png", "Café.png"),
        ("写真 1.png", "写真 1.png"),
        ("half\ud800.png", "half.png"),
        ("", "image"),
        ("..", "image"),
        ("/", "image"),
        (" \0 ", "image"),
    ],
)
def test_name_is_made_fit_to_show(raw, shown):
    assert display_name(raw) == shown


def test_long_name_keeps_its_extension_and_whole_characters():
    name = display_name("é" * 300 + ".jpeg")

    assert name == "é" * 125 + ".jpeg"
    assert len(name.encode()) == 255


@given(st.text(max_size=400))
def test_any_name_becomes_a_safe_one(raw):
    name = display_name(raw)

    assert 0 < len(name.encode()) <= 255
    assert "/" not in name
    assert "\\" not in name
    assert not set(name) & BIDI
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
    assert display_name(name) == name
