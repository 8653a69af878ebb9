import csv
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from datasets.models import Dataset, Image
from tests.data import shared_data
from tests.datasets.pictures import bomb, located, odd_files, picture, post_files, sent

# Plain Pillow shows what it could decode of these after it has complained; we believe the complaint.
DAMAGED = {"broken_data_stream.png", "truncated_end_chunk.png"}


def test_each_file_has_its_own_verdict(alice, dataset):
    response = post_files(
        alice,
        dataset,
        [("a.png", picture(1)), ("b.png", b"hello"), ("c.png", picture(1)), ("d.png", picture(2))],
    )

    results = response.json()["results"]
    assert response.status_code == 207
    assert [(row["filename"], row["status"]) for row in results] == [
        ("a.png", "created"),
        ("b.png", "refused"),
        ("c.png", "duplicate"),
        ("d.png", "created"),
    ]
    assert results[1]["image"] is None
    assert results[1]["problem"]["code"] == "not_an_image"
    assert results[1]["problem"]["status"] == 422
    assert results[2]["image"]["id"] == results[0]["image"]["id"]
    assert results[0]["problem"] is None
    assert results[0]["image"]["filename"] == "a.png"


def test_all_good_is_a_plain_200(alice, dataset):
    assert post_files(alice, dataset, [("a.png", picture())]).status_code == 200


def test_every_odd_file_at_once(alice, dataset):
    """The good ones of a whole folder of odd files are kept, the bad ones refused with a reason."""
    folder = shared_data("odd_images")
    with open(folder / "EXPECTED.tsv", newline="") as file:
        expected = {row["file"].rpartition("/")[2]: row for row in csv.DictReader(file, delimiter="\t")}
    files = odd_files(folder)

    response = post_files(alice, dataset, [(path.name, path.read_bytes()) for path in files])

    results = response.json()["results"]
    assert response.status_code == 207
    assert len(results) == len(files) >= 55
    for path, row in zip(files, results, strict=True):
        known = expected[path.name]
        is_good = known["result"] == "ok" and path.name not in DAMAGED
        assert row["status"] == ("created" if is_good else "refused"), (path.name, row["problem"])
        if is_good:
            image = row["image"]
            assert [image["width"], image["height"]] == json.loads(known["upright_size"]), path.name
            assert image["orientation"] == int(known["orientation"].replace("None", "1")), path.name
        else:
            assert row["problem"]["status"] in (415, 422), path.name
            assert row["problem"]["detail"].endswith("."), path.name
    assert Image.objects.count() == sum(row["status"] == "created" for row in results)
    for row in results:
        if row["status"] == "created":
            for route in ("data", "data?rendition=display", "thumbnail?size=256", "thumbnail?size=512"):
                assert alice.api.get(f"/api/v1/images/{row['image']['id']}/{route}").status_code == 200, row


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("65536-uint32-limit.png", "too_many_pixels"),
        ("Bad_height.bmp", "too_many_pixels"),
        ("decompression_bomb.gif", "too_many_pixels"),
        ("truncated.png", "truncated"),
        ("truncated_jpeg.jpg", "truncated"),
        ("small-invalid.jpg", "corrupt"),
        ("crash-2020-10-test.tif", "corrupt"),
        ("zero_width.gif", "corrupt"),
        ("corrupted.hif", "corrupt"),
        ("struct-image-04-t.svg", "unsupported_type"),
        ("timeout-6646305047838720", "type_mismatch"),
    ],
)
def test_hostile_file_is_refused_for_what_is_wrong_with_it(alice, dataset, name, code):
    [path] = [path for path in odd_files(shared_data("odd_images")) if path.name == name]

    response = post_files(alice, dataset, [(name, path.read_bytes())])

    assert response.json()["results"][0]["problem"]["code"] == code


def test_declared_type_counts(alice, dataset):
    url = f"/api/v1/datasets/{dataset.id}/images"

    response = alice.api.post(url, {"files": [sent("a.png", picture(), "text/html")]})

    assert response.json()["results"][0]["problem"]["code"] == "type_mismatch"


def test_limits_are_named_in_the_refusal(alice, dataset, settings):
    settings.MODELSHIP_MAX_PIXELS = 10_000
    settings.MODELSHIP_MAX_SIDE = 200
    settings.MODELSHIP_MAX_STREAMED_PIXELS = 10_000
    settings.MODELSHIP_MAX_STREAMED_SIDE = 200
    settings.MODELSHIP_MAX_FILE_BYTES = 50_000

    response = post_files(
        alice,
        dataset,
        [("a.png", bomb(101, 100)), ("b.png", bomb(300, 10)), ("c.png", b"x" * 50_001), ("d.png", picture())],
    )

    problems = [row["problem"] for row in response.json()["results"]]
    assert [(problem["code"], problem["limit"]) for problem in problems[:3]] == [
        ("too_many_pixels", 10_000),
        ("side_too_long", 200),
        ("file_too_large", 50_000),
    ]
    assert problems[3] is None


@pytest.mark.django_db(transaction=True)
def test_same_file_twice_at_once_creates_one(alice, dataset):
    gate = threading.Barrier(4)

    def post(number):
        gate.wait(timeout=10)
        try:
            return post_files(alice, dataset, [(f"{number}.png", picture())]).json()["results"][0]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(post, range(4)))

    assert sorted(row["status"] for row in results) == ["created", "duplicate", "duplicate", "duplicate"]
    assert len({row["image"]["id"] for row in results}) == 1


@pytest.mark.parametrize("name", ["file", "image"])
def test_files_go_in_their_field(alice, dataset, name):
    response = alice.api.post(f"/api/v1/datasets/{dataset.id}/images", {name: sent("a.png", picture())})

    assert (response.status_code, response.json()["code"]) == (400, "no_files")


def test_other_bodies_are_refused(alice, dataset):
    url = f"/api/v1/datasets/{dataset.id}/images"

    as_json = alice.api.post(url, {"files": []}, content_type="application/json")
    broken = alice.api.post(url, b"no parts", content_type="multipart/form-data; boundary=x")
    unbounded = alice.api.post(url, b"no parts", content_type="multipart/form-data")

    assert as_json.status_code == 415
    assert broken.status_code == 400
    assert unbounded.status_code == 400


def test_table_takes_no_images(alice, project):
    table = Dataset.objects.create(tenant=alice.tenant, project=project, name="Rows", kind="table")

    response = post_files(alice, table, [("a.png", picture())])

    assert (response.status_code, response.json()["code"]) == (409, "wrong_kind")


def test_who_may_upload(bob, ann, vic, charlie, dataset):
    for person in (bob, ann, vic):
        assert post_files(person, dataset, [("a.png", picture())]).status_code == 403
    assert post_files(charlie, dataset, [("a.png", picture())]).status_code == 404

    assert not Image.objects.exists()


def test_another_tenant_with_the_same_file_learns_nothing(alice, charlie, dataset):
    theirs = charlie.api.post("/api/v1/projects", {"name": "P"}, content_type="application/json").json()
    made = charlie.api.post(
        "/api/v1/datasets", {"project": theirs["id"], "name": "D"}, content_type="application/json"
    ).json()
    post_files(alice, dataset, [("a.png", picture())])

    response = charlie.api.post(
        f"/api/v1/datasets/{made['id']}/images", {"files": [sent("a.png", picture())]}
    )

    assert response.json()["results"][0]["status"] == "created"


def test_place_of_a_photo_is_not_listed(alice, dataset):
    post_files(alice, dataset, [("a.jpg", located("JPEG"))])

    listed = alice.api.get("/api/v1/images").content

    assert b"48.858" not in listed
    assert b'"gps"' not in listed
    assert listed.count(b"has_gps") == 1
