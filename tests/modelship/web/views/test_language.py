"""The settings of language models: managers add and try them, nobody sees a key."""

import pytest

from inference.models import LanguageEndpoint
from tests.inference.language.conftest import *  # noqa: F403
from tests.inference.language.openai_server import KEY

pytestmark = pytest.mark.django_db
USUAL = {
    "requests_per_minute": 60,
    "requests_at_once": 4,
    "texts_per_request": 10,
    "input_price": 0.15,
    "output_price": 0.6,
}


def add(person, server, **more):
    values = {"name": "Mine", "base_url": server.url, "model": "tiny-1", "key": KEY, **USUAL, **more}
    return person.browser.post("/settings/language/", values, follow=True)


def act(person, endpoint, what):
    return person.browser.post(f"/settings/language/{endpoint.id}/act/", {"act": what}, follow=True)


def test_what_is_added_is_tried_at_once(alice, reachable):
    page = add(alice, reachable, sees_images="on").content.decode()

    assert "Mine answers: “boat”, 80% sure by its probabilities." in page
    assert KEY not in page
    endpoint = LanguageEndpoint.objects.get()
    assert (endpoint.sees_images, endpoint.is_default, float(endpoint.output_price)) == (True, True, 0.6)


def test_what_does_not_answer_is_kept_and_said(alice, reachable):
    page = add(alice, reachable, key="sk-wrong-and-long-enough").content.decode()

    assert "is saved, but does not answer yet. The language model refused the key (401)." in page
    assert LanguageEndpoint.objects.count() == 1


def test_a_bad_address_is_told_at_its_field(alice, reachable):
    answer = add(alice, reachable, base_url="http://10.0.0.1/v1")

    assert answer.status_code == 422
    assert "is only reached over https" in answer.content.decode()
    assert LanguageEndpoint.objects.count() == 0


def test_the_key_stays_while_its_field_is_empty(alice, endpoint, reachable):
    values = {"name": "Renamed", "base_url": reachable.url, "model": "tiny-1", "key": "", **USUAL}

    page = alice.browser.post(f"/settings/language/{endpoint.id}/", values, follow=True).content.decode()

    assert "Renamed answers" in page
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.key_hint) == ("Renamed", KEY[-4:])


def test_the_buttons_do_what_they_say(alice, endpoint, reachable):
    second = make_endpoint(alice, reachable, name="Second")  # noqa: F405

    assert "Local answers" in act(alice, endpoint, "test").content.decode()
    assert "Second is the default." in act(alice, second, "default").content.decode()
    assert "Local is deleted" in act(alice, endpoint, "delete").content.decode()
    assert act(alice, second, "explode").status_code == 400
    assert list(LanguageEndpoint.objects.values_list("name", "is_default")) == [("Second", True)]


def test_below_managers_one_looks_only(vic, endpoint, reachable):
    page = vic.browser.get("/settings/language/").content.decode()

    answers = [
        add(vic, reachable),
        act(vic, endpoint, "delete"),
        vic.browser.get(f"/settings/language/{endpoint.id}/"),
    ]

    assert "Local" in page
    assert "Add an endpoint" not in page
    assert [answer.status_code for answer in answers] == [403] * 3
    assert LanguageEndpoint.objects.count() == 1
