"""Uploads straight to an S3-compatible store: a real server process, which believes whatever it is told.

moto checks neither signatures nor lengths, so these tests ask two things apart from each other: what the
URL is signed for, and that `complete` trusts nothing that the store took in.
"""

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from datasets.actions.uploads import sweep_uploads
from datasets.models import Image, UploadSession
from modelship.jobs.runner import run_queued
from modelship.settings.env import store_origin
from tests.datasets.pictures import picture, post_files
from tests.datasets.stores import BUCKET, KEY, REGION, SECRET, announce, keys, put
from tests.datasets.uploads import complete, zipped

pytestmark = pytest.mark.usefixtures("bucket")


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


@pytest.mark.parametrize("name", ["quay", "quay.acme"])
@pytest.mark.parametrize("region", ["", "us-east-1", "eu-west-1"])
@pytest.mark.parametrize("endpoint", ["", "https://media.example.com", "http://10.0.0.5:9000"])
def test_the_page_s_policy_names_the_origin_that_is_signed(alice, dataset, settings, name, region, endpoint):
    known = settings.STORAGES["default"]
    place = {"bucket_name": name, "region_name": region or None, "endpoint_url": endpoint or None}
    options = {**known["OPTIONS"], **place}
    settings.STORAGES = {**settings.STORAGES, "default": {**known, "OPTIONS": options}}

    said = announce(alice, dataset, picture())

    parts = urlsplit(said["put"]["url"])
    assert f"{parts.scheme}://{parts.netloc}" == store_origin(endpoint, name, region)


def test_browsers_may_reach_the_store_by_another_address(alice, dataset, settings):
    settings.MODELSHIP_S3_PUBLIC_ENDPOINT = "https://media.example.com"

    said = announce(alice, dataset, picture())

    assert urlsplit(said["put"]["url"]).netloc == "media.example.com"


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
