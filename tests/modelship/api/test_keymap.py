"""A person's own keys: kept for the person, in every browser and tenant, and for nobody else."""

from typing import Any

import pytest
from django.test import Client

from modelship.accounts.actions import create_api_key
from modelship.accounts.models import Keymap, Membership
from modelship.audit.models import AuditEntry
from tests.people import Person, make_tenant

DOOR = "/api/v1/auth/me/keymap"
CHOSEN = {"keys": {"box.delete": ["Ctrl+J", "F8"], "proposal.skip": []}, "single_keys": False}


def put(client: Client, body: Any) -> Any:
    return client.put(DOOR, body, content_type="application/json")


def test_keys_follow_the_person_and_reach_nobody_else(alice: Person, bob: Person):
    before = alice.api.get(DOOR).json()

    answer = put(alice.browser, CHOSEN)

    assert before == {"keys": {}, "single_keys": True}
    assert (answer.status_code, answer.json()) == (200, CHOSEN)
    assert alice.api.get(DOOR).json() == CHOSEN
    assert bob.api.get(DOOR).json() == before
    entry = AuditEntry.objects.get(verb="keymap.changed")
    assert (entry.subject, entry.facts) == (f"user:{alice.user.id}", {"actions": 2})


def test_keys_are_the_same_in_every_tenant_of_the_person(alice: Person):
    put(alice.browser, CHOSEN)
    other = make_tenant("other")
    Membership.objects.create(tenant=other, user=alice.user, role="viewer")

    answer = alice.browser.get(DOOR, headers={"X-Tenant": "other"})

    assert answer.json() == CHOSEN


def test_a_second_choice_takes_the_place_of_the_first(alice: Person):
    put(alice.browser, CHOSEN)

    put(alice.browser, {"keys": {"undo": ["Ctrl+U"]}})

    assert alice.api.get(DOOR).json() == {"keys": {"undo": ["Ctrl+U"]}, "single_keys": True}
    assert Keymap.objects.count() == 1


@pytest.mark.parametrize(
    "combo", ["A", "0", "?", "+", "\\", "`", "~", "Ctrl++", "Ctrl+Alt+Shift+F12", "Shift+Space", "ArrowLeft"]
)
def test_a_key_that_can_be_pressed_is_kept(alice: Person, combo: str):
    assert put(alice.browser, {"keys": {"undo": [combo]}}).json()["keys"] == {"undo": [combo]}


@pytest.mark.parametrize(
    "keys",
    [
        None,
        [],
        {"undo": "A"},
        {"undo": [1]},
        {"undo": [""]},
        {"undo": ["a"]},
        {"undo": ["é"]},
        {"undo": ["Shift+Ctrl+A"]},
        {"undo": ["Ctrl+"]},
        {"undo": ["F25"]},
        {"undo": ["A\n"]},
        {"undo": list("ABCDE")},
        {"": ["A"]},
        {"Undo": ["A"]},
        {"undo\n": ["A"]},
        {"undo." * 20: ["A"]},
        {f"action.{number}": ["A"] for number in range(201)},
    ],
)
def test_what_is_no_keymap_is_refused_and_changes_nothing(alice: Person, keys: Any):
    put(alice.browser, CHOSEN)

    answer = put(alice.browser, {"keys": keys})

    assert (answer.status_code, answer.json()["field"]) == (400, "keys")
    assert alice.api.get(DOOR).json() == CHOSEN


@pytest.mark.parametrize("body", [{}, {"keys": {}, "single_keys": 1}, {"keys": {}, "more": 1}])
def test_a_body_of_another_shape_is_refused(alice: Person, body: dict):
    assert put(alice.browser, body).status_code == 400
    assert not Keymap.objects.exists()


def test_a_viewer_has_keys_too_but_a_program_that_only_looks_does_not(vic: Person):
    narrow = create_api_key(vic.actor, name="narrow", scopes=["view"])[1]
    program = Client(headers={"authorization": f"Api-Key {narrow}"})

    answers = [put(client, CHOSEN).status_code for client in (program, vic.browser)]

    assert answers == [403, 200]
    assert put(Client(), CHOSEN).status_code == 401
