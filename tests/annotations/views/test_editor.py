from typing import Any
from uuid import uuid4

import pytest

from annotations.models import LabelClass
from datasets.models import Image
from tests.people import Person


def test_the_page_tells_the_editor_everything_it_needs(ann: Person, make_picture: Any, boat: LabelClass):
    pictures = [boat.project.datasets.get().images.get(), *(make_picture() for _ in range(7))]
    here = pictures[6]

    told = ann.browser.get(f"/images/{here.id}/editor.json").json()

    assert told["image"] == {
        "id": str(here.id),
        "filename": "7.png",
        "width": 200,
        "height": 100,
        "state": "new",
        "dataset": str(here.dataset_id),
        "data_url": f"/api/v1/images/{here.id}/data",
        "display_url": f"/api/v1/images/{here.id}/data?rendition=display",
        "tiles": None,
    }
    assert [label["name"] for label in told["classes"]] == ["boat", "crane"]
    assert told["me"] == {"kind": "user", "id": str(ann.user.id), "name": "Ann"}
    assert told["can"] == {"annotate": True, "review": False}
    assert told["position"] == {"index": 7, "total": 8}
    assert told["previous"] == {"id": str(pictures[5].id), "url": f"/images/{pictures[5].id}/"}
    assert told["next"] == {"id": str(pictures[7].id), "url": f"/images/{pictures[7].id}/"}
    assert [one["id"] for one in told["neighbours"]] == [str(one.id) for one in pictures[1:]]
    assert told["neighbours"][0]["thumbnail_url"] == f"/api/v1/images/{pictures[1].id}/thumbnail?size=256"
    assert told["urls"] == {
        "socket": f"/ws/v1/canvas/{here.id}/",
        "edits": f"/api/v1/images/{here.id}/edits",
        "review": f"/api/v1/images/{here.id}/review",
        "state": f"/images/{here.id}/editor.json",
        "history": f"/api/v1/images/{here.id}/history",
        "restore": f"/api/v1/images/{here.id}/restore",
        "keymap": "/api/v1/auth/me/keymap",
        "take": f"/api/v1/datasets/{here.dataset_id}/next",
    }


@pytest.mark.parametrize(("around", "count"), [("2", 4), ("100", 8), ("99999", 8), ("x", 7), ("", 7)])
def test_the_strip_may_ask_for_more_neighbours(
    ann: Person, boat: LabelClass, make_picture: Any, around: str, count: int
):
    pictures = [boat.project.datasets.get().images.get(), *(make_picture() for _ in range(7))]

    told = ann.browser.get(f"/images/{pictures[6].id}/editor.json?around={around}").json()

    assert len(told["neighbours"]) == count


def test_a_lone_image_has_no_neighbours(vic: Person, picture: Image):
    told = vic.browser.get(f"/images/{picture.id}/editor.json").json()

    assert (told["previous"], told["next"], len(told["neighbours"])) == (None, None, 1)
    assert told["can"] == {"annotate": False, "review": False}


@pytest.mark.parametrize("page", ["", "editor.json"])
def test_strangers_find_nothing_and_nobody_is_asked_to_sign_in(
    charlie: Person, client: Any, picture: Image, page: str
):
    assert charlie.browser.get(f"/images/{picture.id}/{page}").status_code == 404
    assert charlie.browser.get(f"/images/{uuid4()}/{page}").status_code == 404
    assert client.get(f"/images/{picture.id}/{page}").status_code == 302


def test_the_page_knows_the_keys_that_the_person_has_chosen(ann: Person, picture: Image):
    keymap = {"keys": {"box.delete": ["Ctrl+J"]}, "single_keys": False}
    ann.browser.put("/api/v1/auth/me/keymap", keymap, content_type="application/json")

    told = ann.browser.get(f"/images/{picture.id}/editor.json").json()

    assert told["keymap"] == keymap


def test_the_way_goes_along_what_a_search_found(ann: Person, make_picture: Any):
    pictures = [make_picture() for _ in range(6)]
    Image.objects.filter(id__in=[pictures[at].id for at in (1, 3, 4)]).update(state="labeled")
    line = "?q=state%3Anew"

    told = ann.browser.get(f"/images/{pictures[2].id}/editor.json{line}").json()
    labelled_just_now = ann.browser.get(f"/images/{pictures[3].id}/editor.json{line}").json()

    assert told["position"] == {"index": 2, "total": 3}
    assert told["previous"] == {"id": str(pictures[0].id), "url": f"/images/{pictures[0].id}/{line}"}
    assert told["next"]["url"] == f"/images/{pictures[5].id}/{line}"
    assert [one["id"] for one in told["neighbours"]] == [str(pictures[at].id) for at in (0, 2, 5)]
    assert told["urls"]["state"] == f"/images/{pictures[2].id}/editor.json{line}"
    assert told["dataset"]["url"].endswith(f"/{line}")
    assert labelled_just_now["position"] == {"index": 3, "total": 4}
    assert labelled_just_now["next"]["id"] == str(pictures[5].id)


@pytest.mark.parametrize("page", ["", "editor.json"])
def test_a_search_that_can_not_be_read_is_refused(ann: Person, picture: Image, page: str):
    answer = ann.browser.get(f"/images/{picture.id}/{page}?q=created_by__password:x")

    assert answer.status_code == 400
