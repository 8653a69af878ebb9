"""tus 1.0, by its own words: headers and status codes as the specification has them."""

import base64
import hashlib
from datetime import timedelta

import pytest
from django.test import Client

from datasets import incoming
from datasets.models import Image, UploadSession
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from tests.datasets.pictures import picture
from tests.datasets.uploads import PIECE, TUS, begun, complete, files_left, send

URL = "/api/v1/uploads/tus/"


def metadata(**pairs):
    encoded = (f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in pairs.items())
    return {"Upload-Metadata": ",".join(encoded)}


def create(person, dataset, size, data=b"", **headers):
    said = metadata(filename="a.png", dataset=dataset.id, filetype="image/png")
    headers = {**TUS, "Upload-Length": str(size), **said, **headers}
    return person.api.post(URL, data, content_type=PIECE if data else "text/plain", headers=headers)


def test_options_tell_what_the_server_can_do():
    answer = Client().options(URL)

    assert answer.status_code == 204
    assert answer["Tus-Resumable"] == answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert answer["Tus-Checksum-Algorithm"] == "sha1,sha256"
    assert int(answer["Tus-Max-Size"]) == 20 << 30


def test_a_plain_client_creates_sends_and_its_file_is_taken_in(alice, dataset):
    made = create(alice, dataset, len(picture()))
    where = made["Location"]

    asked = alice.api.head(where, headers=TUS)
    answer = send(alice, {"url": where}, picture())
    ran = run_queued(["datasets.complete_upload"])

    assert made.status_code == 201
    assert (asked.status_code, asked["Upload-Offset"], asked["Upload-Length"]) == (
        200,
        "0",
        str(len(picture())),
    )
    assert asked["Cache-Control"] == "no-store"
    assert asked["Upload-Expires"].endswith(" GMT")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(picture())))
    assert answer["Tus-Resumable"] == "1.0.0"
    assert ran == 1
    assert Image.objects.get().filename == "a.png"
    assert files_left() == []


def test_creation_with_upload_brings_the_first_bytes_along(alice, dataset):
    made = create(alice, dataset, len(picture()), picture()[:30])

    assert (made.status_code, made["Upload-Offset"]) == (201, "30")
    assert send(alice, {"url": made["Location"]}, picture()[30:], 30).status_code == 204


def test_the_wrong_offset_is_a_conflict_that_names_the_right_one(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:10])

    answers = [send(alice, upload, b"x", 9), send(alice, upload, b"x", 11)]

    assert [(answer.status_code, answer.json()["offset"]) for answer in answers] == [(409, 10), (409, 10)]
    assert alice.api.head(upload["url"], headers=TUS)["Upload-Offset"] == "10"


def test_requests_that_tus_does_not_know_are_refused(alice, dataset):
    upload = begun(alice, dataset)
    offset = {"Upload-Offset": "0"}

    versionless = alice.api.patch(upload["url"], b"x", content_type=PIECE, headers=offset)
    old = alice.api.head(upload["url"], headers={"Tus-Resumable": "0.2.2"})
    typed = alice.api.patch(upload["url"], b"x", content_type="text/plain", headers={**TUS, **offset})
    placeless = alice.api.patch(upload["url"], b"x", content_type=PIECE, headers=TUS)
    sizeless = alice.api.post(URL, headers={**TUS, **metadata(filename="a.png", dataset=dataset.id)})
    garbled = alice.api.post(URL, headers={**TUS, "Upload-Length": "5", "Upload-Metadata": "dataset !!"})

    assert (versionless.status_code, versionless["Tus-Version"]) == (412, "1.0.0")
    assert old.status_code == 412
    assert [typed.status_code, placeless.status_code] == [415, 400]
    assert [sizeless.status_code, garbled.status_code] == [400, 400]
    assert alice.api.head(upload["url"], headers=TUS)["Upload-Offset"] == "0"


def test_more_bytes_than_announced_are_refused_and_none_is_kept(alice, dataset):
    upload = begun(alice, dataset, size=20)
    send(alice, upload, b"x" * 10)

    answer = send(alice, upload, b"y" * 11, 10)

    assert (answer.status_code, answer.json()["code"]) == (413, "size_mismatch")
    assert alice.api.head(upload["url"], headers=TUS)["Upload-Offset"] == "10"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_has_to_fit_or_the_piece_is_dropped(alice, dataset, algorithm):
    upload = begun(alice, dataset)
    right = base64.b64encode(hashlib.new(algorithm, picture()).digest()).decode()

    wrong = send(alice, upload, b"z" + picture()[1:], **{"Upload-Checksum": f"{algorithm} {right}"})
    offset = alice.api.head(upload["url"], headers=TUS)["Upload-Offset"]
    fitting = send(alice, upload, picture(), **{"Upload-Checksum": f"{algorithm} {right}"})

    assert (wrong.status_code, offset) == (460, "0")
    assert fitting.status_code == 204
    assert complete(alice, upload).json()["results"][0]["status"] == "created"


@pytest.mark.parametrize("header", ["md5 AAAA", "crc32 AAAA", "sha1 !", "sha1"])
def test_a_checksum_that_nobody_knows_is_a_bad_request(alice, dataset, header):
    upload = begun(alice, dataset)

    answer = send(alice, upload, picture(), **{"Upload-Checksum": header})

    assert answer.status_code in (400, 460)
    assert alice.api.head(upload["url"], headers=TUS)["Upload-Offset"] == "0"


def test_two_writers_on_one_upload_one_is_told_to_wait(alice, dataset):
    upload = begun(alice, dataset)
    session = UploadSession.objects.get(pk=upload["id"])

    with incoming.sole_writer(session):
        answers = [send(alice, upload, picture()), alice.api.delete(upload["url"], headers=TUS)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "upload_busy")] * 2
    assert send(alice, upload, picture()).status_code == 204


def test_after_a_crash_the_smaller_of_row_and_file_is_true(alice, dataset):
    upload = begun(alice, dataset)
    send(alice, upload, picture()[:40])
    session = UploadSession.objects.get(pk=upload["id"])

    with incoming.sole_writer(session) as file:
        file.truncate(25)
    shorter = alice.api.head(upload["url"], headers=TUS)["Upload-Offset"]
    UploadSession.objects.update(offset=20)
    lower = alice.api.head(upload["url"], headers=TUS)["Upload-Offset"]

    assert (shorter, lower) == ("25", "20")
    assert send(alice, upload, picture()[20:], 20).status_code == 204
    assert complete(alice, upload).json()["results"][0]["status"] == "created"


def test_what_has_ended_is_gone_and_what_was_deleted_is_not_there(alice, dataset):
    done, expired, deleted = (begun(alice, dataset) for _ in range(3))
    send(alice, done, picture())
    complete(alice, done)
    UploadSession.objects.filter(pk=expired["id"]).update(expires_at=now() - timedelta(seconds=1))

    ended = alice.api.delete(deleted["url"], headers=TUS)

    assert ended.status_code == 204
    assert alice.api.head(deleted["url"], headers=TUS).status_code == 404
    assert alice.api.head(expired["url"], headers=TUS).status_code == 410
    assert send(alice, done, b"x", len(picture())).status_code == 410
    assert alice.api.head(done["url"], headers=TUS)["Upload-Offset"] == str(len(picture()))


def test_a_method_that_a_proxy_blocks_can_be_named_in_a_header(alice, dataset):
    upload = begun(alice, dataset)
    headers = {**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}

    answer = alice.api.post(upload["url"], picture(), content_type=PIECE, headers=headers)

    assert (answer.status_code, answer["Upload-Offset"]) == (204, str(len(picture())))


def test_nobody_without_credentials_gets_further_than_options(alice, dataset):
    upload = begun(alice, dataset)
    client = Client()

    answers = [client.head(upload["url"], headers=TUS), client.post(URL, headers=TUS)]

    assert [answer.status_code for answer in answers] == [401, 401]
