"""An uploaded archive becomes pictures, each member with its verdict, however often the work is cut."""

import pytest

from datasets.models import Image, UploadSession, UploadVerdict
from modelship.jobs.models import Job
from modelship.jobs.runner import run_queued
from tests.datasets.pictures import picture, post_files, sent
from tests.datasets.uploads import begun, complete, files_left, send, tarred, zipped

MIXED = (
    ("day1/a.png", picture(1)),
    ("day1/same.png", picture(1)),
    ("../up.png", picture(2)),
    ("notes.txt", b"hello"),
    ("__MACOSX/._a.png", b"x"),
    ("inner.zip", b"PK"),
    ("day2/broken.png", b"hello"),
    ("day2/b.png", picture(3)),
)
VERDICTS = [
    ("day1/a.png", "created", ""),
    ("day1/same.png", "duplicate", ""),
    ("up.png", "refused", "unsafe_path"),
    ("notes.txt", "skipped", "not_an_image"),
    ("__MACOSX/._a.png", "skipped", "hidden"),
    ("inner.zip", "skipped", "nested_archive"),
    ("day2/broken.png", "refused", "not_an_image"),
    ("day2/b.png", "created", ""),
]


def uploaded(person, dataset, data, filename="a.zip"):
    upload = begun(person, dataset, filename=filename, size=len(data))
    send(person, upload, data)
    return upload, complete(person, upload)


def rows():
    return list(UploadVerdict.objects.order_by("number").values_list("path", "status", "code"))


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_every_member_gets_a_verdict(alice, dataset, pack):
    name = "a.zip" if pack is zipped else "a.tgz"
    upload, answer = uploaded(alice, dataset, pack(*MIXED), name)

    run_queued(["datasets.unpack"])
    again = complete(alice, upload)
    listed = alice.api.get(f"/api/v1/uploads/{upload['id']}/verdicts?status=created&limit=1").json()
    rest = alice.api.get(listed["next"]).json()

    assert (answer.status_code, answer.json()["results"][0]["status"]) == (202, "accepted")
    assert answer.json()["job"]["kind"] == "datasets.unpack"
    assert rows() == VERDICTS
    assert [row["path"] for row in (*listed["results"], *rest["results"])] == ["day1/a.png", "day2/b.png"]
    assert {image.metadata["path"] for image in Image.objects.all()} == {"day1/a.png", "day2/b.png"}
    assert again.json()["upload"]["state"] == "done"
    assert again.json()["results"] == answer.json()["results"]
    result = Job.objects.get(kind="datasets.unpack").result
    assert result == {
        "dataset": str(dataset.id),
        "upload": upload["id"],
        "created": 2,
        "duplicate": 1,
        "refused": 2,
        "skipped": 3,
    }
    assert files_left() == []


def test_an_archive_in_a_multipart_body_goes_the_same_way(alice, dataset):
    answer = post_files(
        alice, dataset, [("a.png", picture(9)), ("b.zip", zipped(*MIXED)), ("c.zip", b"no zip")]
    )

    run_queued(["datasets.unpack"])

    results = answer.json()["results"]
    assert [row["status"] for row in results] == ["created", "accepted", "refused"]
    assert results[1]["job"]["title"] == "Unpack b.zip"
    assert results[2]["problem"]["code"] == "type_mismatch"
    assert rows() == VERDICTS
    assert files_left() == []


def test_a_hostile_archive_is_refused_before_the_first_picture(alice, dataset, settings):
    settings.MODELSHIP_MAX_ARCHIVE_ENTRIES = 3
    upload, _ = uploaded(alice, dataset, zipped(*((f"{number}.png", picture(number)) for number in range(4))))

    run_queued(["datasets.unpack"])

    shown = alice.api.get(f"/api/v1/uploads/{upload['id']}").json()["upload"]
    assert (shown["state"], shown["verdict"]["status"]) == ("failed", "refused")
    assert shown["verdict"]["problem"]["code"] == shown["job"]["error"]["code"] == "too_many_entries"
    assert not Image.objects.exists()
    assert files_left() == []


def test_an_archive_that_is_unpacked_is_not_pulled_away(alice, dataset):
    upload, _ = uploaded(alice, dataset, zipped(*MIXED))

    early = alice.api.delete(f"/api/v1/uploads/{upload['id']}")
    run_queued(["datasets.unpack"])
    late = alice.api.delete(f"/api/v1/uploads/{upload['id']}")

    assert (early.status_code, late.status_code) == (409, 204)
    assert Image.objects.count() == 2
    assert not UploadSession.objects.exists()


def test_paths_travel_beside_the_files(alice, dataset):
    url = f"/api/v1/datasets/{dataset.id}/images"
    files = [sent("a.png", picture(1)), sent("b.png", picture(2))]

    kept = alice.api.post(url, {"files": files, "paths": ["quay/../a.png", "b.png"]})
    odd = alice.api.post(url, {"files": [sent("c.png", picture(3))], "paths": ["x", "y"]})

    assert kept.status_code == 200
    assert [image.metadata for image in Image.objects.order_by("ordinal")] == [{"path": "quay/a.png"}, {}]
    assert (odd.status_code, odd.json()["code"]) == (400, "paths_mismatch")
    assert Image.objects.count() == 2
