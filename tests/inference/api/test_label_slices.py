"""Labelling an image slice by slice, as the client hears it, and hanging up in the middle."""

import json
from collections.abc import Iterator

import pytest

from tests.inference.installed import add_images, boxes_of

pytestmark = pytest.mark.django_db
SLICES = {"size": 64, "overlap": 0, "full_image": False}


@pytest.fixture
def image(alice, dataset):
    """Two rows of four slices; a white square in the first slice and one in the last."""
    [image] = add_images(alice, dataset, 1, size=(256, 128), spots=((8, 8), (200, 72)))
    return image


def ask(person, image, **more):
    body = {"model": "spotter", "confidence": 0.9, "slice": SLICES, "stream": True, **more}
    return person.api.post(f"/api/v1/images/{image.id}/label", body, content_type="application/json")


def lines_of(response) -> Iterator[dict]:
    for line in response.streaming_content:
        if line.strip():
            yield json.loads(line)


def hang_up(response) -> None:
    """As a server does when the client has left; `close` alone would take the connection of the test along."""
    response._iterator.close()


def test_every_slice_is_told_before_the_answer(alice, image, spotter):
    response = ask(alice, image)

    *slices, last = lines_of(response)
    assert (response.status_code, response["Content-Type"]) == (200, "application/x-ndjson")
    assert [line["slice"]["done"] for line in slices] == list(range(1, 9))
    assert {line["slice"]["total"] for line in slices} == {8}
    assert sorted(line["slice"]["window"] for line in slices)[0] == [0, 0, 64, 64]
    told = [(box["x"], box["y"]) for line in slices for box in line["slice"]["boxes"]]
    assert sorted(told) == [(8, 8), (200, 72)]
    assert sorted((box["x"], box["y"]) for box in last["answer"]["boxes"]) == sorted(told)
    assert len(boxes_of(image)) == 2


def test_the_answer_is_the_one_that_comes_at_once(alice, image, spotter):
    [*_, last] = lines_of(ask(alice, image))
    plain = ask(alice, image, stream=False).json()

    assert set(last["answer"]) == set(plain)
    places = [
        sorted((box["x"], box["y"], box["w"], box["h"]) for box in one["boxes"])
        for one in (last["answer"], plain)
    ]
    assert places[0] == places[1]
    assert plain["replaced"] == 2


def test_slices_of_a_region_are_told_in_pixels_of_the_picture(alice, image, spotter):
    *slices, last = lines_of(ask(alice, image, region=[128, 64, 128, 64]))

    assert [line["slice"]["window"] for line in slices] in (
        [[128, 64, 64, 64], [192, 64, 64, 64]],
        [[192, 64, 64, 64], [128, 64, 64, 64]],
    )
    [box] = last["answer"]["boxes"]
    assert (box["x"], box["y"]) == (200, 72)


def test_hanging_up_keeps_what_the_finished_slices_gave(alice, image, spotter):
    lines = lines_of(response := ask(alice, image))
    first = next(lines)
    while not first["slice"]["boxes"]:
        first = next(lines)

    hang_up(response)

    assert 1 <= len(boxes_of(image)) <= 2
    assert all(box.state == "proposed" for box in boxes_of(image))


def test_a_part_of_a_look_replaces_nothing(alice, dataset, spotter):
    [image] = add_images(alice, dataset, 1, size=(2048, 1536), spots=((8, 8), (2000, 1480)))
    whole = ask(alice, image, stream=False).json()
    before = {box["id"] for box in whole["boxes"]}

    lines = lines_of(response := ask(alice, image))
    next(lines)
    hang_up(response)

    assert {str(box.uid) for box in boxes_of(image)} == before


def test_a_refusal_in_the_middle_is_the_last_line(alice, image, spotter, settings):
    settings.MODELSHIP_DETECT_SECONDS = 0.001

    [last] = lines_of(ask(alice, image))

    assert last["problem"]["code"] == "model_wall"
    assert boxes_of(image) == []


def test_what_is_refused_before_it_begins_has_its_own_status(alice, charlie, image, spotter):
    image.state = "approved"
    image.save()

    assert ask(alice, image).status_code == 403
    assert ask(charlie, image).status_code == 404
    assert ask(alice, image, stream="yes").status_code == 400
    assert boxes_of(image) == []
