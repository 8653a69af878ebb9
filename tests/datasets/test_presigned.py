"""Uploads straight to an S3-compatible store: a real server process, which believes whatever it is told.

moto checks neither signatures nor lengths, so these tests ask two things apart from each other: what the
URL is signed for, and that `complete` trusts nothing that the store took in.
"""

import hashlib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.test import override_settings

from datasets.actions.uploads import sweep_uploads
from datasets.models import Image, UploadSession
from modelship.jobs.runner import run_queued
from modelship.settings.env import store_origins
from tests.datasets.pictures import picture, post_files
from tests.datasets.uploads import complete, zipped
from tests.servers import free_port

BUCKET, REGION, KEY, SECRET = "quay", "eu-west-1", "AKIATEST", "not-a-secret"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server that runs for this module."""
    port = free_port()
    log = (tmp_path_factory.mktemp("moto") / "log").open("w")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=log, stderr=log) as process:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 30
        while True:
            try:
                urllib.request.urlopen(f"{address}/moto-api/", timeout=2).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
        yield address
        process.terminate()


@pytest.fixture(autouse=True)
def bucket(store: str, media: object) -> Iterator[object]:
    """The configured storage, empty."""
    resource = boto3.resource(
        "s3", endpoint_url=store, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    made = resource.Bucket(BUCKET)
    made.create(CreateBucketConfiguration={"LocationConstraint": REGION})
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": store,
        "region_name": REGION,
        "access_key": KEY,
        "secret_key": SECRET,
        "default_acl": None,
        "file_overwrite": True,
        "signature_version": "s3v4",
    }
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    storages = {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
        "staticfiles": static,
    }
    with override_settings(STORAGES=storages):
        yield made
    made.objects.all().delete()
    made.delete()


def announce(person, dataset, data, **fields):
    body = {"filename": "a.png", "size": len(data), "dataset": str(dataset.id), **fields}
    answer = person.api.post("/api/v1/uploads", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def put(said, data, **headers):
    """Send as the answer says, with whatever bytes and headers."""
    told = {**said["put"]["headers"], "Content-Length": str(len(data)), **headers}
    request = urllib.request.Request(said["put"]["url"], data, told, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def keys(bucket):
    return [item.key for item in bucket.objects.all()]


def test_a_file_goes_to_the_store_and_becomes_a_picture(alice, dataset, bucket):
    digest = hashlib.sha256(picture()).hexdigest()
    said = announce(alice, dataset, picture(), sha256=digest, content_type="image/png")

    put(said, picture())
    arrived = keys(bucket)
    done, again = complete(alice, said["upload"]), complete(alice, said["upload"])

    assert (said["upload"]["kind"], said["tus"], said["put"]["method"]) == ("presigned", None, "PUT")
    assert arrived == [f"t/{alice.tenant.id}/incoming/{said['upload']['id']}"]
    assert done.json()["results"][0]["status"] == "created"
    assert done.json() == again.json()
    assert Image.objects.get().blob.sha256 == digest
    assert [key for key in keys(bucket) if "incoming" in key] == []


@pytest.mark.parametrize(
    ("announced", "sent", "code"),
    [
        ({"sha256": "0" * 64}, picture(), "sha256_mismatch"),
        ({}, picture() + b"more", "size_mismatch"),
        ({"content_type": "image/jpeg"}, picture(), "type_mismatch"),
        ({}, b"x" * len(picture()), "not_an_image"),
        ({"filename": "a.zip"}, picture(), "type_mismatch"),
    ],
)
def test_what_the_store_took_in_without_a_look_is_refused(alice, dataset, bucket, announced, sent, code):
    said = announce(alice, dataset, picture(), **announced)
    put(said, sent)

    answer = complete(alice, said["upload"])

    assert (answer.status_code, answer.json()["results"][0]["problem"]["code"]) == (207, code)
    assert not Image.objects.exists()
    assert keys(bucket) == []


@pytest.mark.parametrize("sent", [None, picture()[:-1]])
def test_what_is_missing_or_cut_can_be_sent_again(alice, dataset, sent):
    said = announce(alice, dataset, picture())
    if sent is not None:
        put(said, sent)

    early = complete(alice, said["upload"])
    put(said, picture())

    assert (early.status_code, early.json()["code"]) == (409, "incomplete")
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"


def test_the_signature_covers_length_and_type_and_nobody_else_can_make_it(alice, dataset):
    said = announce(alice, dataset, picture(), content_type="image/png")
    parts = urlsplit(said["put"]["url"])
    query = {key: value for key, [value] in parse_qs(parts.query).items()}

    def signature(**changed):
        headers = {**said["put"]["headers"], **changed}
        bare = f"{parts.scheme}://{parts.netloc}{parts.path}"
        request = AWSRequest("PUT", bare, headers=headers)
        signer = S3SigV4QueryAuth(Credentials(KEY, SECRET), "s3", REGION, expires=int(query["X-Amz-Expires"]))
        request.context["timestamp"] = query["X-Amz-Date"]
        signer._modify_request_before_signing(request)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return signer.signature(text, request)

    assert query["X-Amz-SignedHeaders"] == "content-length;content-type;host"
    assert int(query["X-Amz-Expires"]) == 3600
    assert parts.path == f"/{BUCKET}/t/{alice.tenant.id}/incoming/{said['upload']['id']}"
    assert signature() == query["X-Amz-Signature"]
    assert signature(**{"Content-Length": "9999999"}) != query["X-Amz-Signature"]
    assert signature(**{"Content-Type": "text/html"}) != query["X-Amz-Signature"]


def test_browsers_may_reach_the_store_by_another_address(alice, dataset, settings, store):
    settings.MODELSHIP_S3_PUBLIC_ENDPOINT = "https://media.example.com"

    said = announce(alice, dataset, picture())

    assert urlsplit(said["put"]["url"]).netloc.endswith("media.example.com")
    assert store_origins("https://media.example.com", "b", "") == [
        "https://media.example.com",
        "https://b.media.example.com",
    ]
    assert store_origins("", "b", "eu-west-1")[1] == "https://b.s3.eu-west-1.amazonaws.com"


def test_an_archive_in_the_store_is_unpacked(alice, dataset, bucket):
    data = zipped(("a/1.png", picture(1)), ("a/2.png", picture(2)))
    said = announce(alice, dataset, data, filename="a.zip")
    put(said, data)

    answer = complete(alice, said["upload"])
    direct = post_files(alice, dataset, [("b.zip", zipped(("b.png", picture(3))))])
    run_queued(["datasets.unpack"])

    assert (answer.status_code, direct.json()["results"][0]["status"]) == (202, "accepted")
    assert sorted(image.metadata["path"] for image in Image.objects.all()) == ["a/1.png", "a/2.png", "b.png"]
    assert [key for key in keys(bucket) if "incoming" in key] == []


def test_aborted_and_expired_uploads_leave_nothing_in_the_store(alice, charlie, dataset, bucket):
    first, second = (announce(alice, dataset, picture()) for _ in range(2))
    for said in (first, second):
        put(said, picture())

    foreign = charlie.api.delete(f"/api/v1/uploads/{first['upload']['id']}")
    before = len(keys(bucket))
    aborted = alice.api.delete(f"/api/v1/uploads/{first['upload']['id']}")
    UploadSession.objects.update(expires_at="2020-01-01T00:00:00Z")

    assert (foreign.status_code, before, aborted.status_code) == (404, 2, 204)
    assert sweep_uploads() == 1
    assert keys(bucket) == []


def test_a_store_takes_no_pieces_and_says_what_to_do(alice, dataset):
    from tests.datasets.api.test_tus import create

    answer = create(alice, dataset, len(picture()))

    assert (answer.status_code, answer.json()["code"]) == (409, "presigned_only")
    assert not UploadSession.objects.exists()
