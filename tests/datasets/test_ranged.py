"""Reading from a real S3 server: what travels is what is read."""

from collections.abc import Iterator

import boto3
import pytest
from django.test import override_settings

from datasets.ranged import RangedObject
from tests.datasets.pictures import body_of, picture, post_files, upload
from tests.datasets.sources.servers.s3 import Bucket, serving_s3

CONTENT = bytes(range(256)) * 4096


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with serving_s3() as bucket:
        yield bucket


@pytest.fixture
def asked(server):
    """The object `photo`, and the ranges that the server is asked for."""
    server["photo"] = CONTENT
    resource = boto3.resource(
        "s3",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="alice",
        aws_secret_access_key="secret",
    )
    ranges: list[str] = []
    resource.meta.client.meta.events.register(
        "before-send.s3.GetObject", lambda request, **_: ranges.append(request.headers["Range"].decode())
    )
    return resource.Object("harbour", "photo"), ranges


def test_a_part_travels_and_no_more(asked):
    source, ranges = asked
    file = RangedObject(source)

    file.seek(1000)
    part = file.read(50)

    assert (file.size, part) == (len(CONTENT), CONTENT[1000:1050])
    assert ranges == ["bytes=1000-1049"]


def test_a_long_read_takes_few_requests(asked):
    source, ranges = asked
    file = RangedObject(source)
    pieces = []

    while piece := file.read(1 << 14):
        pieces.append(piece)

    assert b"".join(pieces) == CONTENT
    assert len(ranges) == 7


def test_jumps_from_every_side_find_their_bytes(asked):
    file = RangedObject(asked[0])

    assert file.seek(-3, 2) == len(CONTENT) - 3
    assert file.read() == CONTENT[-3:]
    assert file.read(1) == b""
    assert file.seek(-10, 1) == len(CONTENT) - 10
    assert file.read(4) == CONTENT[-10:-6]
    file.seek(0)
    assert file.read() == CONTENT


def test_absent_object_is_not_found(asked):
    source, _ = asked

    with pytest.raises(FileNotFoundError):
        RangedObject(source.Bucket().Object("absent"))


@pytest.fixture
def stored(server, media):
    """Pictures are kept in the bucket."""
    options = {
        "bucket_name": "harbour",
        "endpoint_url": server.url,
        "region_name": "us-east-1",
        "access_key": "alice",
        "secret_key": "secret",
        "default_acl": None,
        "file_overwrite": True,
    }
    storages = {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages):
        yield


def test_image_on_s3_is_served_in_ranges(alice, dataset, stored):
    data = picture()
    image = upload(alice, dataset, "a.png", data)
    url = f"/api/v1/media/{image['id']}"

    whole = alice.api.get(f"{url}/data")
    part = alice.api.get(f"{url}/data", headers={"range": "bytes=10-19"})
    beyond = alice.api.get(f"{url}/data", headers={"range": "bytes=100000-"})
    head = alice.api.head(f"{url}/data")
    small = alice.api.get(f"{url}/thumbnail?size=512")

    assert body_of(whole) == data
    assert (part.status_code, body_of(part)) == (206, data[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    assert beyond.status_code == 416
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(data)))
    assert body_of(small).startswith(b"\xff\xd8")
    assert small.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_lost_original_says_so(alice, dataset, stored, server):
    post_files(alice, dataset, [("a.png", picture())])
    image = dataset.images.get()
    del server[f"t/{image.tenant_id}/blobs/{image.blob.sha256[:2]}/{image.blob.sha256}"]

    answer = alice.api.get(f"/api/v1/images/{image.id}/data")

    assert (answer.status_code, answer.json()["code"]) == (503, "bytes_lost")
