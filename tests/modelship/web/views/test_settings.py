import re

import pytest
from django.test import Client

from modelship.accounts.models import ApiKey, Membership, User
from tests.modelship.web.pages import Page
from tests.people import Person

KEYS = "/settings/api-keys/"
MEMBERS = "/settings/members/"


@pytest.mark.django_db
def test_a_new_key_is_shown_once_and_works(alice: Person):
    answer = alice.browser.post(KEYS, {"name": "Robot", "scope": "view", "days": "30"})
    again = alice.browser.get(KEYS)

    secret = re.search(r'id="secret">([^<]+)<', answer.content.decode())[1]
    key = ApiKey.objects.get(name="Robot")
    assert (key.scopes, key.user, key.expires_at is not None) == (["view"], alice.user, True)
    assert Client(headers={"authorization": f"Api-Key {secret}"}).get("/api/v1/auth/me").status_code == 200
    assert secret not in again.content.decode()
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_key_can_not_exceed_its_maker(ann: Person):
    answer = ann.browser.post(KEYS, {"name": "Robot", "scope": "manage", "days": "0"})

    assert answer.status_code == 422
    assert not ApiKey.objects.filter(name="Robot").exists()


@pytest.mark.django_db
def test_people_see_and_revoke_their_own_keys_and_managers_all(alice: Person, ann: Person):
    hers, own = ApiKey.objects.get(user=alice.user), ApiKey.objects.get(user=ann.user)

    shown = Page(ann.browser.get(KEYS)).text
    refused = ann.browser.post(f"{KEYS}{hers.id}/revoke/")
    ended = alice.browser.post(f"{KEYS}{own.id}/revoke/")

    assert own.name in shown
    assert hers.name not in shown
    assert refused.status_code == 403
    assert ended.url == KEYS
    assert ApiKey.objects.get(id=own.id).revoked_at is not None
    assert ApiKey.objects.get(id=hers.id).revoked_at is None


@pytest.mark.django_db
def test_a_foreign_key_does_not_exist(alice: Person, charlie: Person):
    key = ApiKey.objects.get(user=alice.user)

    assert charlie.browser.post(f"{KEYS}{key.id}/revoke/").status_code == 404
    assert ApiKey.objects.get(id=key.id).revoked_at is None


@pytest.mark.django_db
def test_managers_add_change_and_end_members(alice: Person, bob: Person):
    added = alice.browser.post(MEMBERS, {"email": "dora@example.com", "role": "annotator"})
    dora = User.objects.get(email="dora@example.com")
    alice.browser.post(f"{MEMBERS}{dora.id}/", {"role": "reviewer"})
    alice.browser.post(f"{MEMBERS}{bob.user.id}/", {"action": "end"})

    assert added.url == MEMBERS
    assert Membership.objects.get(user=dora).role == "reviewer"
    assert not Membership.objects.get(user=bob.user).is_active
    assert bob.browser.get("/").status_code == 404


@pytest.mark.django_db
def test_the_last_owner_stays_and_is_told_why(alice: Person):
    browser = alice.browser

    browser.post(f"{MEMBERS}{alice.user.id}/", {"role": "viewer"})

    assert Membership.objects.get(user=alice.user).role == "owner"
    assert "A tenant keeps at least one owner." in Page(browser.get(MEMBERS)).text


@pytest.mark.django_db
def test_others_see_the_members_and_change_nothing(ann: Person, alice: Person):
    page = Page(ann.browser.get(MEMBERS))
    answer = ann.browser.post(MEMBERS, {"email": "dora@example.com", "role": "owner"})

    assert "alice@example.com" in page.text
    assert "Add a member" not in page.text
    assert answer.status_code == 403
    assert not User.objects.filter(email="dora@example.com").exists()
