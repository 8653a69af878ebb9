"""Large uploads in parts straight into a real S3 server: cut, gone on with, joined once, given up without a trace."""

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from datasets import parts
from datasets.actions.datasets import delete_dataset
from datasets.actions.uploads import sweep_uploads
from datasets.models import Image, UploadSession
from modelship.jobs.runner import run_queued
from modelship.lib.clock import now
from modelship.usage.models import Quota
from tests.datasets.pictures import picture
from tests.datasets.stores import announce, keys, large_picture, put_to, unfinished
from tests.datasets.uploads import complete, zipped

pytestmark = pytest.mark.usefixtures("bucket")
MIB = 1 << 20
PART = 5 * MIB
DATA = large_picture()


@pytest.fixture(autouse=True)
def small_parts(settings):
    settings.MODELSHIP_PART_BYTES = PART


def begun(person, dataset, data=DATA, **fields):
    return announce(person, dataset, data, filename="a.bmp", **fields)


def sign(person, said, *numbers):
    url = f"/api/v1/uploads/{said['upload']['id']}/parts"
    return person.api.post(url, {"numbers": list(numbers)}, content_type="application/json")


def send(person, said, *numbers, data=DATA):
    answer = sign(person, said, *numbers)
    assert answer.status_code == 200, answer.content
    for part in answer.json()["parts"]:
        start = (part["number"] - 1) * PART
        put_to(part, data[start : start + part["size"]])


def arrived(person, said, query=""):
    answer = person.api.get(f"/api/v1/uploads/{said['upload']['id']}/parts{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def completed_with(person, said, etags):
    url = f"/api/v1/uploads/{said['upload']['id']}/complete"
    body = {"parts": [{"number": number, "etag": etag} for number, etag in etags.items()]}
    return person.api.post(url, body, content_type="application/json")


def used(person):
    return person.api.get("/api/v1/tenant/quotas").json()["results"][0]["used"]


def test_a_large_file_goes_in_parts_and_becomes_a_picture(alice, dataset, bucket):
    digest = hashlib.sha256(DATA).hexdigest()
    said = begun(alice, dataset, sha256=digest, content_type="image/bmp")

    send(alice, said, 3, 1)
    send(alice, said, 2)
    done, again = complete(alice, said["upload"]), complete(alice, said["upload"])

    url = f"/api/v1/uploads/{said['upload']['id']}/parts"
    assert (said["tus"], said["put"]) == (None, None)
    assert said["parts"] == {"url": url, "size": PART, "count": 3}
    assert done.json()["results"][0]["status"] == "created"
    assert done.json() == again.json()
    assert Image.objects.get().blob.sha256 == digest
    assert [key for key in keys(bucket) if "incoming" in key] == []
    assert unfinished(bucket) == []


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (PART, (0, 1)),
        (PART + 1, (PART, 2)),
        (10_000 * PART, (PART, 10_000)),
        (10_000 * PART + 1, (6 * MIB, 8334)),
        (5 << 40, (525 * MIB, 9987)),
    ],
)
def test_parts_keep_to_the_store_s_rules(size, expected):
    part = parts.part_size_for(size)
    count = -(-size // part) if part else 1

    assert (part, count) == expected
    assert not part or 5 * MIB <= part <= 5 << 30
    assert count <= 10_000


def test_a_cut_upload_goes_on_from_another_client(alice, dataset, bucket):
    said = begun(alice, dataset)
    send(alice, said, 1, 3)

    found = arrived(alice, said)
    shown = alice.api.get(f"/api/v1/uploads/{said['upload']['id']}").json()
    first = arrived(alice, said, "?limit=1")
    missing = {1, 2, 3} - {part["number"] for part in found["results"]}
    send(alice, shown, *missing)

    assert [(part["number"], part["size"]) for part in found["results"]] == [
        (1, PART),
        (3, len(DATA) - 2 * PART),
    ]
    assert found["results"][0]["etag"] == hashlib.md5(DATA[:PART]).hexdigest()
    assert (shown["upload"]["offset"], shown["parts"]) == (len(DATA) - PART, said["parts"])
    assert len(first["results"]) == 1
    assert first["next"].endswith("/parts?limit=1&cursor=1")
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"


def test_missing_and_cut_parts_are_named_and_nothing_is_lost(alice, dataset):
    said = begun(alice, dataset)
    early = complete(alice, said["upload"])
    send(alice, said, 1)
    put_to(sign(alice, said, 2).json()["parts"][0], DATA[PART : PART + 10])

    answer = complete(alice, said["upload"])
    send(alice, said, 2, 3)

    assert (early.status_code, early.json()["code"], early.json()["missing"]) == (
        409,
        "incomplete",
        [1, 2, 3],
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["missing"]) == (
        409,
        "incomplete",
        [2, 3],
    )
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"


def test_another_etag_than_the_client_s_is_refused_and_nothing_is_lost(alice, dataset):
    said = begun(alice, dataset)
    send(alice, said, 1, 2, 3)
    etags = {part["number"]: part["etag"] for part in arrived(alice, said)["results"]}

    wrong = completed_with(alice, said, {**etags, 2: "0" * 32})
    beyond = completed_with(alice, said, {**etags, 4: "0" * 32})
    malformed = completed_with(alice, said, {"1": "x"})

    assert (wrong.status_code, wrong.json()["code"], wrong.json()["parts"]) == (409, "part_mismatch", [2])
    assert (beyond.status_code, beyond.json()["parts"]) == (409, [4])
    assert malformed.status_code == 400
    assert len(arrived(alice, said)["results"]) == 3
    assert completed_with(alice, said, etags).json()["results"][0]["status"] == "created"


@pytest.mark.parametrize("numbers", [[], [0], [4], [1.0], [True], "1", None, list(range(1, 102))])
def test_only_parts_of_the_file_are_signed(alice, dataset, bucket, numbers):
    said = begun(alice, dataset)
    url = f"/api/v1/uploads/{said['upload']['id']}/parts"

    answer = alice.api.post(url, {"numbers": numbers}, content_type="application/json")

    assert (answer.status_code, answer.json()["field"]) == (400, "numbers")
    assert unfinished(bucket) == []


def test_each_part_is_signed_for_its_number_and_length(alice, dataset):
    said = begun(alice, dataset)

    first, last = sign(alice, said, 1, 3).json()["parts"]

    assert (first["headers"], last["headers"]) == (
        {"Content-Length": str(PART)},
        {"Content-Length": str(len(DATA) - 2 * PART)},
    )
    assert "partNumber=3" in last["url"]
    assert "X-Amz-SignedHeaders=content-length%3Bhost" in last["url"]
    assert "checksum" not in last["url"]


@pytest.mark.parametrize(
    ("announced", "data", "code"),
    [
        ({"sha256": "0" * 64}, DATA, "sha256_mismatch"),
        ({"content_type": "image/jpeg"}, DATA, "type_mismatch"),
        ({}, b"x" * len(DATA), "not_an_image"),
    ],
)
def test_what_is_not_what_was_announced_is_refused_and_frees_its_room(
    alice, dataset, bucket, announced, data, code
):
    said = begun(alice, dataset, **announced)
    before = used(alice)
    send(alice, said, 1, 2, 3, data=data)

    answer = complete(alice, said["upload"])

    assert (answer.status_code, answer.json()["results"][0]["problem"]["code"]) == (207, code)
    assert (before, used(alice)) == (len(DATA), 0)
    assert (keys(bucket), unfinished(bucket), Image.objects.count()) == ([], [], 0)


def test_an_aborted_upload_leaves_nothing_and_gives_its_room_back(alice, charlie, bob, dataset, bucket):
    said = begun(alice, dataset)
    send(alice, said, 1)
    before = (used(alice), unfinished(bucket))

    refused = [sign(charlie, said, 1), sign(bob, said, 1)]
    listed = [person.api.get(f"/api/v1/uploads/{said['upload']['id']}/parts") for person in (charlie, bob)]
    aborted = alice.api.delete(f"/api/v1/uploads/{said['upload']['id']}")

    assert [answer.status_code for answer in (*refused, *listed)] == [404, 403, 404, 403]
    assert before == (len(DATA), [f"t/{alice.tenant.id}/incoming/{said['upload']['id']}"])
    assert (aborted.status_code, used(alice), unfinished(bucket)) == (204, 0, [])


def test_an_expired_upload_leaves_nothing_whatever_the_row_knows(alice, dataset, bucket):
    first, second = begun(alice, dataset), begun(alice, dataset)
    for said in (first, second):
        send(alice, said, 1)
    # As by a process that died between beginning it in the store and writing that down.
    UploadSession.objects.filter(pk=second["upload"]["id"]).update(store_upload="")
    UploadSession.objects.update(expires_at=now() - timedelta(seconds=1))

    late = [sign(alice, first, 2), complete(alice, first["upload"])]
    swept = sweep_uploads()

    assert [answer.status_code for answer in late] == [410, 410]
    assert (swept, used(alice), unfinished(bucket)) == (2, 0, [])


def test_leave_to_send_more_puts_off_the_end(alice, dataset):
    said = begun(alice, dataset)
    UploadSession.objects.update(expires_at=now() + timedelta(minutes=1))

    sign(alice, said, 1)

    assert UploadSession.objects.get().expires_at > now() + timedelta(hours=1)


def test_parts_under_way_into_a_deleted_dataset_are_freed_with_their_room(alice, dataset, bucket):
    other = type(dataset).objects.create(tenant=alice.tenant, project=dataset.project, name="Other")
    said, kept = begun(alice, dataset), begun(alice, other)
    for one in (said, kept):
        send(alice, one, 1)

    delete_dataset(alice.actor, dataset)
    run_queued(["datasets.free_bytes"])

    assert unfinished(bucket) == [f"t/{alice.tenant.id}/incoming/{kept['upload']['id']}"]
    assert used(alice) == len(DATA)


def test_room_is_taken_at_the_announcement_and_the_file_fits_into_it_exactly(alice, dataset):
    Quota.objects.create(tenant=alice.tenant, resource="storage", limit=len(DATA))
    said = begun(alice, dataset)
    body = {"filename": "b.bmp", "size": len(DATA), "dataset": str(dataset.id)}

    second = alice.api.post("/api/v1/uploads", body, content_type="application/json")
    send(alice, said, 1, 2, 3)
    done = complete(alice, said["upload"])

    assert (second.status_code, second.json()["code"]) == (409, "quota_exceeded")
    assert UploadSession.objects.count() == 1
    assert done.json()["results"][0]["status"] == "created"
    assert used(alice) == len(DATA)


def test_where_others_took_the_room_meanwhile_the_bytes_wait_for_more(alice, dataset):
    said = begun(alice, dataset)
    send(alice, said, 1, 2, 3)
    Quota.objects.update(limit=5)

    full = complete(alice, said["upload"])
    Quota.objects.update(limit=None)

    assert (full.status_code, full.json()["code"]) == (409, "quota_exceeded")
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"
    assert used(alice) == len(DATA)


def test_what_the_store_has_lost_is_sent_again(alice, dataset, bucket):
    said = begun(alice, dataset)
    send(alice, said, 1, 2)
    for upload in bucket.multipart_uploads.all():
        upload.abort()

    answer = complete(alice, said["upload"])
    send(alice, said, 1, 2, 3)

    assert (answer.status_code, answer.json()["missing"]) == (409, [1, 2, 3])
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"


def test_what_was_joined_before_the_judge_died_is_judged(alice, dataset):
    said = begun(alice, dataset)
    send(alice, said, 1, 2, 3)
    session = UploadSession.objects.get()
    key = f"t/{alice.tenant.id}/incoming/{session.id}"
    parts.join(session, key, list(parts.all_arrived(session, key)))

    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"


def test_an_archive_in_parts_is_unpacked(alice, dataset, bucket):
    data = zipped(("a/1.png", picture(1)), ("pad.bin", b"\0" * 6 * MIB), compression=0)
    said = announce(alice, dataset, data, filename="a.zip")
    send(alice, said, 1, 2, data=data)

    answer = complete(alice, said["upload"])
    run_queued(["datasets.unpack"])

    assert answer.status_code == 202
    assert Image.objects.get().metadata["path"] == "a/1.png"
    assert [key for key in keys(bucket) if "incoming" in key] == []
    assert used(alice) == len(picture(1))


def test_what_goes_in_one_piece_has_no_parts(alice, dataset):
    said = announce(alice, dataset, picture())

    answer = sign(alice, said, 1)

    assert (said["parts"], said["upload"]["part_size"]) == (None, None)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_in_parts")


@pytest.mark.django_db(transaction=True)
def test_completed_twice_at_once_it_is_one_picture(alice, dataset, bucket):
    said = begun(alice, dataset)
    send(alice, said, 1, 2, 3)
    start = threading.Barrier(4)

    def judge(_):
        try:
            start.wait(10)
            return complete(alice, said["upload"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(judge, range(4)))

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"upload_busy"}
    assert 200 in [answer.status_code for answer in answers]
    assert complete(alice, said["upload"]).json()["results"][0]["status"] == "created"
    assert (Image.objects.count(), used(alice)) == (1, len(DATA))


@pytest.mark.django_db(transaction=True)
def test_begun_twice_at_once_it_is_one_upload_in_the_store(alice, dataset, bucket):
    said = begun(alice, dataset)
    start = threading.Barrier(2)

    def ask(number):
        try:
            start.wait(10)
            send(alice, said, number)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, (1, 2)))

    assert len(unfinished(bucket)) == 1
    assert [part["number"] for part in arrived(alice, said)["results"]] == [1, 2]
