import pytest

from datasets.models import Blob, Image
from datasets.storage import blob_path, derived_path
from modelship.audit.models import AuditEntry
from tests.datasets.pictures import (
    BLUE,
    LATITUDE,
    body_of,
    decoded,
    located,
    picture,
    post_files,
    upload,
)

URL = "/api/v1/images"
ABSENT = "00000000-0000-4000-8000-000000000000"
# What the file of `image` tells of itself; the place where it was taken is nobody's to list.
INTRINSIC = {
    "width": 20,
    "height": 40,
    "format": "JPEG",
    "orientation": 6,
    "bytes": len(located("JPEG", orientation=6)),
    "mode": "RGB",
    "bits": 8,
    "frames": 1,
    "has_gps": True,
    "camera_make": "Canary Camera",
}


@pytest.fixture
def image(alice, dataset):
    return upload(alice, dataset, "Quay.jpg", located("JPEG", orientation=6))


def patch(person, image, body, **headers):
    return person.api.patch(f"{URL}/{image['id']}", body, content_type="application/json", headers=headers)


def test_image_shows_what_clients_rely_on(alice, dataset, image):
    shown = alice.api.get(f"{URL}/{image['id']}").json()

    assert shown == image
    assert (shown["dataset"], shown["filename"]) == (str(dataset.id), "Quay.jpg")
    assert (shown["width"], shown["height"], shown["state"], shown["split"]) == (20, 40, "new", None)
    assert shown["metadata"] == {"intrinsic": INTRINSIC}
    assert (len(shown["phash"]), shown["archived_at"]) == (16, None)
    assert shown["sharpness"] > 0
    assert 0 < shown["brightness"] < 255
    assert (shown["bytes"], shown["content_type"]) == (len(located("JPEG", orientation=6)), "image/jpeg")
    assert len(shown["sha256"]) == 64
    assert shown["created_at"].endswith("Z")


def test_a_merge_patch_is_taken_under_the_name_that_the_rfc_gives_it(alice, image):
    answer = alice.api.patch(
        f"{URL}/{image['id']}",
        {"metadata": {"berth": 3}},
        content_type="application/merge-patch+json",
    )

    assert answer.status_code == 200
    assert answer.json()["metadata"] == {"berth": 3, "intrinsic": INTRINSIC}


def test_list_pages_in_gallery_order(alice, dataset):
    post_files(alice, dataset, [(f"{number}.png", picture(number)) for number in range(5)])

    first = alice.api.get(f"{URL}?dataset={dataset.id}&limit=2").json()
    second = alice.api.get(first["next"]).json()
    third = alice.api.get(second["next"]).json()
    back = alice.api.get(second["previous"]).json()

    names = [[row["filename"] for row in page["results"]] for page in (first, second, third, back)]
    assert names == [["0.png", "1.png"], ["2.png", "3.png"], ["4.png"], ["0.png", "1.png"]]
    assert (first["previous"], third["next"]) == (None, None)


def test_list_is_filtered_by_state_and_name(alice, dataset):
    post_files(alice, dataset, [(f"{number}.png", picture(number)) for number in range(4)])
    Image.objects.filter(filename="1.png").update(state="approved")
    Image.objects.filter(filename="2.png").update(state="labeled")

    def names(query):
        return [
            row["filename"] for row in alice.api.get(f"{URL}?dataset={dataset.id}&{query}").json()["results"]
        ]

    assert names("state=approved") == ["1.png"]
    assert names("state=approved,labeled") == ["1.png", "2.png"]
    assert names("q=3.P") == ["3.png"]
    assert names("q=%25") == []


def test_list_without_a_dataset_is_newest_first(alice, dataset):
    post_files(alice, dataset, [(f"{number}.png", picture(number)) for number in range(3)])

    listed = alice.api.get("/api/v1/media").json()["results"]

    assert [row["filename"] for row in listed] == ["2.png", "1.png", "0.png"]


@pytest.mark.parametrize(
    "query", ["dataset=7", "state=blue", "limit=0", "limit=501", "cursor=x", "q=%00", f"q={'x' * 201}"]
)
def test_malformed_questions_are_refused(alice, query):
    assert alice.api.get(f"{URL}?{query}").status_code == 400


def test_patch_merges_and_keeps_what_is_not_named(alice, image):
    patch(alice, image, {"metadata": {"camera": {"make": "A", "lens": "B"}, "rating": 5}})

    response = patch(alice, image, {"metadata": {"camera": {"lens": None}, "description": "Low tide."}})

    assert response.status_code == 200
    assert response.json()["metadata"] == {
        "camera": {"make": "A"},
        "rating": 5,
        "description": "Low tide.",
        "intrinsic": INTRINSIC,
    }
    assert AuditEntry.objects.filter(verb="image.changed").count() == 2


def test_what_was_read_can_be_sent_back_changed(alice, image):
    read = alice.api.get(f"{URL}/{image['id']}").json()["metadata"]

    response = patch(alice, image, {"metadata": {**read, "rating": 5}})

    assert response.status_code == 200
    assert response.json()["metadata"] == {"rating": 5, "intrinsic": INTRINSIC}
    assert Image.objects.get().metadata == {"rating": 5}


def test_patch_renames_safely(alice, image):
    response = patch(alice, image, {"filename": "../new\u202e.jpg"})

    assert response.json()["filename"] == "new.jpg"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"metadata": {"description": "d" * 1025}}, 422),
        ({"metadata": {"keywords": ["k" * 65]}}, 422),
        ({"metadata": {"intrinsic": {"width": 7}}}, 422),
        ({"metadata": {"intrinsic": None}}, 422),
        ({"metadata": []}, 400),
        ({"metadata": None}, 400),
        ({"state": "approved"}, 400),
        ({"tenant": "rival"}, 400),
        ({"filename": 7}, 400),
        ([], 400),
    ],
)
def test_patch_refuses_and_changes_nothing(alice, image, body, status):
    before = alice.api.get(f"{URL}/{image['id']}").content

    response = patch(alice, image, body)

    assert response.status_code == status
    assert alice.api.get(f"{URL}/{image['id']}").content == before


def test_stale_patch_is_refused(alice, bob, image):
    etag = alice.api.get(f"{URL}/{image['id']}").headers["ETag"]
    patch(bob, image, {"metadata": {"rating": 1}})

    response = patch(alice, image, {"metadata": {"rating": 2}}, **{"if-match": etag})

    assert (response.status_code, response.json()["code"]) == (412, "stale")
    assert alice.api.get(f"{URL}/{image['id']}").json()["metadata"] == {"rating": 1, "intrinsic": INTRINSIC}


@pytest.mark.django_db(transaction=True)
def test_delete_takes_the_bytes_along(alice, dataset, media):
    image = upload(alice, dataset, "a.png", picture())
    blob = Blob.objects.get()

    response = alice.api.delete(f"{URL}/{image['id']}")

    assert response.status_code == 204
    assert alice.api.get(f"{URL}/{image['id']}").status_code == 404
    assert not Blob.objects.exists()
    assert not (media / blob_path(blob)).exists()
    assert list((media / derived_path(blob, "")).iterdir()) == []
    assert AuditEntry.objects.filter(verb="image.deleted").exists()


def test_original_is_saved_not_shown(alice, image):
    response = alice.api.get(f"{URL}/{image['id']}/data")

    assert body_of(response) == located("JPEG", orientation=6)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"] == 'attachment; filename="Quay.jpg"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in response.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["rendition=display", "inline=1"])
def test_display_is_upright_and_says_nothing_of_the_place(alice, image, query):
    response = alice.api.get(f"{URL}/{image['id']}/data?{query}")
    data = body_of(response)

    assert response.headers["Content-Disposition"] == 'inline; filename="Quay.jpg"'
    assert response.headers["Content-Type"] == "image/jpeg"
    assert LATITUDE.encode() not in data
    assert b"Exif" not in data
    shown = decoded(alice.api.get(f"{URL}/{image['id']}/data?{query}"))
    assert shown.size == (20, 40)
    assert all(abs(a - b) < 25 for a, b in zip(shown.getpixel((15, 10)), BLUE, strict=True))


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_thumbnail_may_be_kept_forever_by_its_viewer(alice, image, size):
    url = f"{URL}/{image['id']}/thumbnail?size={size}"

    response = alice.api.get(url)
    again = alice.api.get(url, headers={"if-none-match": response.headers["ETag"]})

    assert decoded(response).size == (20, 40)
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert (again.status_code, body_of(again)) == (304, b"")


@pytest.mark.parametrize(
    "query", ["thumbnail?size=300", "thumbnail?size=x", "data?rendition=raw", "data?inline=yes"]
)
def test_unknown_renditions_are_refused(alice, image, query):
    assert alice.api.get(f"{URL}/{image['id']}/{query}").status_code == 400


def test_file_comes_whatever_the_client_accepts(alice, image):
    response = alice.api.get(f"{URL}/{image['id']}/thumbnail", headers={"accept": "image/webp"})

    assert response.status_code == 200


def test_lost_bytes_are_told(alice, image, media):
    (media / blob_path(Blob.objects.get())).unlink()

    lost = alice.api.get(f"{URL}/{image['id']}/data")
    rendered = alice.api.get(f"{URL}/{image['id']}/data?inline=1")
    kept = alice.api.get(f"{URL}/{image['id']}/thumbnail?size=256")

    assert (lost.status_code, rendered.status_code, kept.status_code) == (503, 503, 200)


@pytest.mark.parametrize("noun", ["images", "media"])
@pytest.mark.parametrize("route", ["", "/data", "/data?inline=1", "/thumbnail?size=256"])
def test_stranger_can_not_tell_foreign_from_absent(charlie, image, noun, route):
    foreign = charlie.api.get(f"/api/v1/{noun}/{image['id']}{route}", headers={"range": "bytes=0-3"})
    absent = charlie.api.get(f"/api/v1/{noun}/{ABSENT}{route}", headers={"range": "bytes=0-3"})

    assert foreign.status_code == absent.status_code == 404
    ours, theirs = foreign.json(), absent.json()
    ours.pop("request_id"), theirs.pop("request_id")
    assert ours == theirs
    assert image["sha256"] not in foreign.content.decode()


def test_stranger_changes_nothing(charlie, dataset, image):
    assert patch(charlie, image, {"metadata": {"a": 1}}).status_code == 404
    assert charlie.api.delete(f"{URL}/{image['id']}").status_code == 404
    assert charlie.api.get(f"{URL}?dataset={dataset.id}").status_code == 404

    assert charlie.api.get(URL).json()["results"] == []
    assert Image.objects.get().metadata == {}


def test_roles(bob, ann, vic, image):
    assert [patch(person, image, {"metadata": {}}).status_code for person in (bob, ann, vic)] == [
        200,
        200,
        403,
    ]
    assert [person.api.delete(f"{URL}/{image['id']}").status_code for person in (bob, ann, vic)] == [403] * 3
    assert vic.api.get(f"{URL}/{image['id']}/data").status_code == 200


def test_nobody_is_asked_to_sign_in(client, image):
    assert client.get(f"{URL}/{image['id']}/data").status_code == 401
    assert client.get(URL).status_code == 401
