import pytest

from datasets.imaging.formats import FORMATS, HEAD_BYTES
from datasets.imaging.sniff import check_type, sniff
from modelship.lib.errors import Problem
from tests.datasets.pictures import encoded, flag


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_every_format_is_known_by_its_content(known):
    head = encoded(flag(), known.name)[:HEAD_BYTES]

    assert sniff(head) is known
    for extension in known.extensions:
        for declared in ("", "application/octet-stream", *known.content_types):
            assert check_type(f"a{extension.upper()}", head, declared=declared) is known


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("photo.jpg", ""),
        ("photo", ""),
        ("photo.png.exe", ""),
        ("photo.png", "image/jpeg"),
        ("photo.png", "text/html; charset=utf-8"),
    ],
)
def test_name_and_declared_type_must_agree_with_the_content(name, declared):
    with pytest.raises(Problem) as refused:
        check_type(name, encoded(flag()), declared=declared)

    assert (refused.value.status, refused.value.code) == (415, "type_mismatch")


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"<?xml version='1.0'?>\n<svg xmlns='x'>", "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\3\4", "ZIP"),
        (b"P7\nWIDTH 1\n", "PAM or PFM"),
    ],
)
def test_known_strangers_are_named(head, word):
    with pytest.raises(Problem, match=word) as refused:
        check_type("a.jpg", head)

    assert refused.value.code == "unsupported_type"


@pytest.mark.parametrize("head", [b"", b"\0" * 64, b"hello", b"BM is a text", b"RIFF1234WAVE", b"\xff\xd8"])
def test_anything_else_is_not_a_picture(head):
    with pytest.raises(Problem) as refused:
        check_type("a.jpg", head)

    assert (refused.value.status, refused.value.code) == (422, "not_an_image")
