import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.formats.names import NameBook, safe_stem


@pytest.mark.parametrize(
    ("filename", "stem"),
    [
        ("boat.jpg", "boat"),
        ("Grüße 1.jpeg", "Grüße 1"),
        ("日本.png", "日本"),
        ("a.b.c.jpg", "a.b.c"),
        ("../../etc/passwd", "etc_passwd"),
        ("..\\..\\boot.ini", "boot"),
        ("/abs/x.jpg", "abs_x"),
        ("C:\\x.jpg", "C__x"),
        ("CON.jpg", "_CON"),
        ("nul", "_nul"),
        ("com1.tar.jpg", "_com1.tar"),
        ("console.jpg", "console"),
        ("gpj.\u202eexe.jpg", "gpj.exe"),
        ("a\x00\n\tb.jpg", "ab"),
        ("trailing. .jpg", "trailing"),
        (".hidden.jpg", "hidden"),
        ("...", "image"),
        ("", "image"),
        ('<>:"|?*.jpg', "_______"),
        ("e\u0301.jpg", "é"),
        ("\ud800x.jpg", "x"),
    ],
)
def test_hostile_names_become_harmless(filename, stem):
    assert safe_stem(filename) == stem


def test_long_names_are_cut_between_characters():
    stem = safe_stem("日" * 300 + ".jpg")

    assert stem == "日" * 53
    assert len(stem.encode()) <= 160


def test_equal_names_are_numbered():
    book = NameBook()

    stems = [book.stem_for(name) for name in ("a.jpg", "a.png", "A.jpg", "a-2.jpg", "a.jpg", "b.jpg")]

    assert stems == ["a", "a-2", "A-3", "a-2-2", "a-4", "b"]


def test_many_equal_names_take_no_more_time_each():
    book = NameBook()

    stems = [book.stem_for("image.jpg") for _ in range(50_000)]

    assert (len(set(stems)), stems[-1]) == (50_000, "image-50000")


@given(st.lists(st.text(max_size=300), max_size=30))
def test_any_names_are_safe_and_unique_on_every_system(names):
    book = NameBook()

    stems = [book.stem_for(name) for name in names]

    assert len({stem.casefold() for stem in stems}) == len(names)
    for stem in stems:
        assert not re.search(r'[<>:"|?*/\\\x00-\x1f]', stem)
        assert stem.strip(". ") == stem
        assert 0 < len(stem.encode()) < 200
