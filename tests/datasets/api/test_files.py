import io
import tracemalloc

import pytest
from django.http import HttpRequest
from django.test import AsyncRequestFactory, RequestFactory

from datasets.api.files import PIECE_BYTES, Served, ranged_response
from tests.datasets.pictures import body_of

DATA = bytes(range(256)) * 4
SERVED = Served("application/zip", "export.zip", "abc")


def answer(method: str = "get", data: bytes = DATA, served: Served = SERVED, **headers):
    request: HttpRequest = getattr(RequestFactory(headers=headers), method)("/")
    return ranged_response(request, io.BytesIO(data), len(data), served)


def test_whole_file():
    response = answer()

    assert (response.status_code, body_of(response)) == (200, DATA)
    assert response.headers["Content-Length"] == "1024"
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["ETag"] == '"abc"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, 1023),
        ("bytes=1000-9999", 1000, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=-9999", 0, 1023),
        ("bytes= 5 - 6 ", 5, 6),
    ],
)
def test_one_range(asked, start, end):
    response = answer(range=asked)

    assert (response.status_code, body_of(response)) == (206, DATA[start : end + 1])
    assert response.headers["Content-Range"] == f"bytes {start}-{end}/1024"
    assert response.headers["Content-Length"] == str(end - start + 1)


@pytest.mark.parametrize(
    "asked",
    ["bytes=", "bytes=-", "bytes=5-2", "lines=1-2", "bytes=a-b", "bytes=0-1,3-4", f"bytes={'9' * 5000}-"],
)
def test_what_is_no_single_range_is_answered_whole(asked):
    response = answer(range=asked)

    assert (response.status_code, body_of(response)) == (200, DATA)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_range_beyond_the_end(asked):
    response = answer(range=asked)

    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */1024"
    assert response.headers["Content-Type"] == "application/problem+json"


def test_empty_file_has_no_ranges():
    assert body_of(answer(data=b"")) == b""
    assert answer(data=b"", range="bytes=0-").status_code == 416


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"abc"', 206), ('"old"', 200), ('W/"abc"', 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200)],
)
def test_resume_only_of_the_same_bytes(condition, status):
    assert answer(range="bytes=1-2", **{"if-range": condition}).status_code == status


@pytest.mark.parametrize(
    ("known", "status"), [('"abc"', 304), ('W/"abc"', 304), ('"x", "abc"', 304), ("*", 304), ('"x"', 200)]
)
def test_known_bytes_are_not_sent_again(known, status):
    response = answer(**{"if-none-match": known})

    assert response.status_code == status
    assert response.headers["ETag"] == '"abc"'


def test_head_tells_the_size_and_ignores_ranges():
    response = answer("head", range="bytes=0-1")

    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["Content-Length"] == "1024"


def test_name_of_any_script_survives_and_breaks_no_header():
    response = answer(served=Served("image/png", 'Küste "1".png', "abc"))

    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''K%C3%BCste%20%221%22.png"


@pytest.mark.django_db  # The end of a response looks at connections that other tests left open.
def test_file_is_closed_with_the_response():
    file = io.BytesIO(DATA)
    response = ranged_response(RequestFactory().get("/"), file, len(DATA), SERVED)

    response.close()

    assert file.closed


async def test_file_leaves_in_pieces_under_asgi():
    data = b"x" * (40 * PIECE_BYTES + 1)
    request = AsyncRequestFactory().get("/", headers={"range": "bytes=1-"})
    file = io.BytesIO(data)
    tracemalloc.start()

    response = ranged_response(request, file, len(data), SERVED)
    sizes = [len(piece) async for piece in response]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert sizes == [PIECE_BYTES] * 40
    assert peak < 4 * PIECE_BYTES
