"""The first owner's one-time link."""

import pytest
from django.test import Client

from modelship.accounts.models import User
from modelship.accounts.views import setup_path

PASSWORD = "a long enough phrase"


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@modelship.local")


def choose(client: Client, path: str, **changes: str) -> object:
    form = {
        "name": "Alice",
        "email": "Alice@example.com",
        "new_password1": PASSWORD,
        "new_password2": PASSWORD,
    }
    return client.post(path, form | changes)


def test_the_link_works_once(client: Client, owner: User):
    path = setup_path(owner)
    assert client.get(path).status_code == 200

    done = choose(client, path)
    again = choose(Client(), path)

    owner.refresh_from_db()
    assert (done.status_code, again.status_code) == (302, 404)
    assert (owner.name, owner.email) == ("Alice", "alice@example.com")
    assert owner.check_password(PASSWORD)
    assert client.session["_auth_user_id"] == str(owner.pk)


@pytest.mark.parametrize(
    "change",
    [{"new_password2": "other"}, {"email": "x"}, {"name": ""}, {"new_password1": "1", "new_password2": "1"}],
)
def test_a_bad_form_spends_nothing(change: dict, client: Client, owner: User):
    path = setup_path(owner)

    answer = choose(client, path, **change)

    owner.refresh_from_db()
    assert answer.status_code == 200
    assert not owner.has_usable_password()
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/setup/x/y/", "/setup/AAAA/bbbb-cccc/", "/setup/%00/x/"])
def test_other_links_lead_nowhere(path: str, client: Client, owner: User):
    assert client.get(path).status_code == 404


def test_a_taken_address_is_refused(client: Client, owner: User):
    User.objects.create_user("taken@example.com")

    answer = choose(client, setup_path(owner), email="TAKEN@example.com")

    assert answer.status_code == 200
    assert "already" in answer.content.decode()


def test_sign_up_is_closed(client: Client, owner: User):
    answer = client.post("/accounts/signup/", {"email": "new@example.com", "password1": PASSWORD})

    assert User.objects.count() == 1
    assert answer.status_code == 200
