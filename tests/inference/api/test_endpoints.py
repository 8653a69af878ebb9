"""CRUD of language endpoints: managers write, the key is never given back, strangers see nothing."""

import pytest

from inference.models import LanguageEndpoint
from modelship.audit.models import AuditEntry
from tests.inference.language.conftest import *  # noqa: F403
from tests.inference.language.openai_server import KEY
from tests.people import Person

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/language-endpoints"


def send(person: Person, verb: str, path: str = "", **body):
    return getattr(person.api, verb)(f"{URL}{path}", body, content_type="application/json")


def added(person: Person, server, **more):
    return send(person, "post", name="Local", base_url=server.url, model="tiny-1", key=KEY, **more)


def test_an_endpoint_is_kept_and_its_key_told_to_nobody(alice, vic, reachable):
    answer = added(alice, reachable, input_price=0.15, output_price=0.6, monthly_tokens=1_000_000)

    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["key"], shown["is_default"]) == ({"set": True, "hint": KEY[-4:]}, True)
    assert (shown["input_price"], shown["monthly_tokens"], shown["used_this_month"]) == (0.15, 1_000_000, 0)
    row = LanguageEndpoint.objects.get()
    assert KEY not in row.secret
    listed = vic.api.get(URL).content.decode() + vic.api.get(f"{URL}/{row.id}").content.decode()
    assert KEY not in listed + str(list(AuditEntry.objects.values_list("facts", flat=True)))


@pytest.mark.parametrize("who", ["vic", "ann", "bob"])
def test_below_managers_nobody_writes(who, request, reachable, alice):
    person = request.getfixturevalue(who)
    endpoint = make_endpoint(alice, reachable)  # noqa: F405

    answers = [
        added(person, reachable),
        send(person, "patch", f"/{endpoint.id}", name="Mine"),
        send(person, "post", f"/{endpoint.id}/test"),
        send(person, "delete", f"/{endpoint.id}"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert LanguageEndpoint.objects.get().name == "Local"
    assert reachable.asked == []


def test_a_stranger_can_neither_see_nor_use_it(charlie, endpoint, reachable):
    asked = {"text": "a boat", "options": ["boat", "crane"], "endpoint": str(endpoint.id)}

    answers = [
        charlie.api.get(f"{URL}/{endpoint.id}"),
        send(charlie, "patch", f"/{endpoint.id}", name="Mine"),
        send(charlie, "post", f"/{endpoint.id}/test"),
        send(charlie, "delete", f"/{endpoint.id}"),
        charlie.api.post("/api/v1/label/text", asked, content_type="application/json"),
        charlie.api.post(
            "/api/v1/label/text", {**asked, "endpoint": "Local"}, content_type="application/json"
        ),
    ]

    assert [answer.status_code for answer in answers] == [404] * 6
    assert charlie.api.get(URL).json()["results"] == []
    assert reachable.asked == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("base_url", "http://127.0.0.1:9/v1"),
        ("base_url", "https://10.0.0.7/v1"),
        ("base_url", "https://user:pass@example.com/v1"),
        ("base_url", "https://93.184.216.34/v1?key=x"),
        ("base_url", "file:///etc/passwd"),
        ("name", ""),
        ("model", "a\u0000b"),
        ("key", "two\nlines"),
        ("requests_per_minute", 0),
        ("requests_at_once", 1.5),
        ("texts_per_request", 51),
        ("input_price", -1),
        ("output_price", "free"),
        ("monthly_tokens", -1),
        ("sees_images", "yes"),
        ("secret", "x"),
    ],
)
def test_what_makes_no_sense_or_may_not_be_reached_is_refused(alice, reachable, field, value):
    usual = {"name": "L", "base_url": reachable.url, "model": "m", "key": KEY}

    answer = send(alice, "post", **{**usual, field: value})

    assert answer.status_code == 400, answer.content
    assert LanguageEndpoint.objects.count() == 0


def test_the_key_stays_with_its_address(alice, endpoint, reachable):
    kept = send(alice, "patch", f"/{endpoint.id}", name="Renamed", key="")
    moved = send(alice, "patch", f"/{endpoint.id}", base_url=f"http://{reachable.place}/elsewhere")

    assert (kept.status_code, kept.json()["key"]["set"]) == (200, True)
    assert (moved.status_code, moved.json()["code"]) == (400, "key_needed")
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.base_url) == ("Renamed", reachable.url)


def test_one_endpoint_is_the_default_and_names_are_taken_once(alice, endpoint, reachable):
    second = added(alice, reachable, is_default=True)
    third = send(alice, "post", name="Other", base_url=reachable.url, model="m", is_default=True)

    assert (second.status_code, second.json()["code"]) == (409, "name_taken")
    assert third.status_code == 201
    assert list(LanguageEndpoint.objects.filter(is_default=True).values_list("name", flat=True)) == ["Other"]


def test_a_stale_change_is_refused(alice, endpoint):
    etag = alice.api.get(f"{URL}/{endpoint.id}")["ETag"]
    send(alice, "patch", f"/{endpoint.id}", name="First")

    answer = alice.api.patch(
        f"{URL}/{endpoint.id}",
        {"name": "Second"},
        content_type="application/json",
        headers={"if-match": etag},
    )

    assert answer.status_code == 412
    endpoint.refresh_from_db()
    assert endpoint.name == "First"


def test_a_test_asks_one_small_question_and_says_how_it_was_answered(alice, endpoint, reachable):
    reachable.formats = {"json_object"}

    answer = send(alice, "post", f"/{endpoint.id}/test")

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["status"], told["predicted_label"], told["answers_as"]) == ("ok", "boat", "json_object")
    endpoint.refresh_from_db()
    assert endpoint.abilities["format"] == "json_object"


def test_a_test_that_fails_says_why_in_our_words(alice, endpoint, reachable):
    reachable.key = "another"

    answer = send(alice, "post", f"/{endpoint.id}/test")

    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_refused")
    assert "secret" not in answer.content.decode()


def test_without_the_library_it_is_said_in_words(alice, endpoint, reachable, monkeypatch):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr("inference.language.client.importlib.import_module", absent)

    answer = send(alice, "post", f"/{endpoint.id}/test")

    assert (answer.status_code, answer.json()["code"]) == (422, "library_missing")
    assert "requirements/language.txt" in answer.json()["detail"]


def test_a_key_sealed_with_a_lost_server_key_is_asked_for_again(alice, endpoint, settings, reachable):
    settings.SECRET_KEY = "another secret key of the server, long enough"

    answer = send(alice, "post", f"/{endpoint.id}/test")

    assert (answer.status_code, answer.json()["code"]) == (409, "secrets_unreadable")
    assert reachable.asked == []


def test_a_deleted_endpoint_is_gone_with_its_key(alice, endpoint, reachable):
    answer = send(alice, "delete", f"/{endpoint.id}")

    assert answer.status_code == 204
    assert LanguageEndpoint.objects.count() == 0
    assert AuditEntry.objects.filter(verb="endpoint.deleted").exists()
