"""Credentials and the doors of projects, tenant, people and keys."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from modelship.accounts.actions import create_api_key
from modelship.accounts.models import ApiKey, Membership
from modelship.audit.models import AuditEntry
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.people import Person, make_person


def post(client: Client, url: str, body: dict) -> object:
    return client.post(f"/api/v1/{url}", body, content_type="application/json")


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Api-Key wrong", "Bearer x", "Basic YTpi", "Api-Key"])
def test_bad_credentials_are_a_401_in_the_same_words(header: str):
    answer = Client().get("/api/v1/projects", headers={"authorization": header})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Api-Key")


def test_ended_credentials_stop_at_once(alice: Person, bob: Person):
    key = ApiKey.objects.get(user=bob.user)
    assert bob.api.get("/api/v1/projects").status_code == 200

    ApiKey.objects.filter(pk=key.pk).update(expires_at=now() - timedelta(seconds=1))
    expired = bob.api.get("/api/v1/projects")
    ApiKey.objects.filter(pk=key.pk).update(expires_at=None)
    Membership.objects.filter(user=bob.user).update(is_active=False)
    removed = bob.api.get("/api/v1/projects")

    assert (expired.status_code, removed.status_code) == (401, 401)


def test_a_key_never_exceeds_its_maker_or_itself(alice: Person, bob: Person):
    narrow = create_api_key(alice.actor, name="narrow", scopes=["view"])[1]
    client = Client(headers={"authorization": f"Api-Key {narrow}"})

    too_wide = post(bob.api, "tenant/api-keys", {"name": "x", "scopes": ["manage"]})
    wider = post(client, "tenant/api-keys", {"name": "x", "scopes": ["all"]})
    write = post(client, "projects", {"name": "x"})

    assert [answer.status_code for answer in (too_wide, wider, write)] == [403, 403, 403]
    assert client.get("/api/v1/projects").status_code == 200
    assert Project.objects.count() == 0


def test_a_key_below_manage_neither_makes_nor_ends_other_keys(alice: Person):
    broad = post(alice.api, "tenant/api-keys", {"name": "broad", "scopes": ["all"]}).json()
    narrow = post(alice.api, "tenant/api-keys", {"name": "narrow", "scopes": ["view", "annotate"]}).json()
    client = Client(headers={"authorization": f"Api-Key {narrow['key']}"})

    made = post(client, "tenant/api-keys", {"name": "copy", "scopes": ["view"]})
    ended = client.delete(f"/api/v1/tenant/api-keys/{broad['id']}")
    itself = client.delete(f"/api/v1/tenant/api-keys/{narrow['id']}")

    assert [answer.status_code for answer in (made, ended, itself)] == [403, 403, 200]
    assert ApiKey.objects.get(id=broad["id"]).is_live


def test_a_key_makes_none_that_outlives_it(alice: Person):
    end = now() + timedelta(days=1)
    secret = create_api_key(alice.actor, name="short", scopes=["all"], expires_at=end)[1]
    client = Client(headers={"authorization": f"Api-Key {secret}"})

    for_ever = post(client, "tenant/api-keys", {"name": "x", "scopes": ["view"]})
    longer = {"name": "x", "scopes": ["view"], "expires_at": (end + timedelta(seconds=1)).isoformat()}
    too_long = post(client, "tenant/api-keys", longer)
    as_long = post(client, "tenant/api-keys", longer | {"expires_at": end.isoformat()})

    assert [answer.status_code for answer in (for_ever, too_long, as_long)] == [403, 403, 201]


@pytest.mark.parametrize(
    "moment", ["soon", 5, "2030-01-01", "2030-01-01T00:00:00", "9999-12-31T23:59:59-23:59"]
)
def test_an_expiry_that_is_no_moment_is_a_400(moment: object, alice: Person):
    answer = post(alice.api, "tenant/api-keys", {"name": "x", "scopes": ["view"], "expires_at": moment})

    assert (answer.status_code, answer.json()["field"]) == (400, "expires_at")


@pytest.mark.parametrize("email", ["@", "a@", "@b.c", "a b@c.de", "a@b\n.c"])
def test_a_member_needs_a_real_address(email: str, alice: Person):
    answer = post(alice.api, "tenant/members", {"email": email, "role": "viewer"})

    assert (answer.status_code, answer.json()["field"]) == (400, "email")


def test_a_key_is_shown_once_and_revoked_for_good(alice: Person):
    made = post(alice.api, "tenant/api-keys", {"name": "ci", "scopes": ["view"]}).json()
    client = Client(headers={"authorization": f"Api-Key {made['key']}"})
    assert client.get("/api/v1/auth/me").json()["scopes"] == ["view"]

    shown = alice.api.get(f"/api/v1/tenant/api-keys/{made['id']}").json()
    alice.api.delete(f"/api/v1/tenant/api-keys/{made['id']}")

    assert "key" not in shown
    assert client.get("/api/v1/auth/me").status_code == 401


def test_another_tenant_s_slug_does_not_exist(alice: Person, charlie: Person):
    answer = alice.api.get("/api/v1/projects", headers={"x-tenant": "rival"})

    assert answer.status_code == 404
    assert alice.api.get("/api/v1/projects", headers={"x-tenant": "acme"}).status_code == 200


def test_a_session_needs_the_csrf_token(alice: Person):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    refused = client.post("/api/v1/projects", {"name": "x"}, content_type="application/json")

    assert refused.status_code == 403
    assert Project.objects.count() == 0


def test_a_project_lives_and_is_audited(alice: Person):
    made = post(alice.api, "projects", {"name": "Harbour"}).json()
    url = f"/api/v1/projects/{made['id']}"
    tag = alice.api.get(url)["ETag"]

    changed = alice.api.patch(
        url, {"name": "Port"}, content_type="application/json", headers={"if-match": tag}
    )
    stale = alice.api.patch(url, {"name": "Pier"}, content_type="application/json", headers={"if-match": tag})
    taken = post(alice.api, "projects", {"name": "Port"})
    gone = alice.api.delete(url)

    assert changed.json()["name"] == "Port"
    assert [stale.status_code, taken.status_code, gone.status_code] == [412, 409, 204]
    verbs = list(AuditEntry.objects.order_by("number").values_list("verb", flat=True))
    assert verbs[-4:] == ["project.created", "project.changed", "project.deleted", "job.queued"]


@pytest.mark.parametrize(
    ("role", "status"), [("viewer", 403), ("annotator", 403), ("reviewer", 403), ("manager", 201)]
)
def test_managers_make_projects(role: str, status: int, alice: Person):
    person = make_person("Mia", alice.tenant, role)

    assert post(person.api, "projects", {"name": "x"}).status_code == status
    assert Project.objects.count() == (status == 201)


def test_a_member_is_added_once(alice: Person):
    first = post(alice.api, "tenant/members", {"email": "Dora@example.com", "role": "viewer"})
    second = post(alice.api, "tenant/members", {"email": "dora@example.com", "role": "owner"})

    assert [answer.status_code for answer in (first, second)] == [201, 409]
    assert Membership.objects.get(user__email="dora@example.com").role == "viewer"


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_end_each_other_leave_one(alice: Person):
    olga = make_person("Olga", alice.tenant, "owner")
    start = Barrier(2)

    def demote(actor: Person, other: Person) -> int:
        start.wait()
        try:
            url = f"/api/v1/tenant/members/{other.user.id}"
            return actor.api.patch(url, {"role": "viewer"}, content_type="application/json").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        codes = list(threads.map(demote, (alice, olga), (olga, alice)))

    assert codes.count(200) == 1
    assert Membership.objects.filter(tenant=alice.tenant, role="owner").count() == 1


def test_the_last_owner_stays(alice: Person):
    answer = alice.api.patch(
        f"/api/v1/tenant/members/{alice.user.id}", {"role": "viewer"}, content_type="application/json"
    )

    assert answer.status_code == 409
    assert Membership.objects.get(user=alice.user).role == "owner"


def test_nobody_gives_a_role_above_their_own(alice: Person):
    manager = make_person("Mia", alice.tenant, "manager")

    made = post(manager.api, "tenant/members", {"email": "new@example.com", "role": "owner"})
    lowered = manager.api.patch(
        f"/api/v1/tenant/members/{alice.user.id}", {"role": "viewer"}, content_type="application/json"
    )

    assert (made.status_code, lowered.status_code) == (403, 403)
    assert not Membership.objects.filter(user__email="new@example.com").exists()


def test_unknown_api_paths_are_problems_too(alice: Person):
    answer = alice.api.get("/api/v1/nothing-here")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_without_its_token_is_told_what_to_send(alice: Person):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")

    answer = post(browser, "projects", {"name": "x"})

    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert "X-CSRFToken" in answer.json()["detail"]


def test_a_refusal_names_the_scopes_where_they_are_the_reason(alice: Person, project: Project):
    narrow = create_api_key(alice.actor, name="narrow", scopes=["view"])[1]
    client = Client(headers={"authorization": f"Api-Key {narrow}"})

    answer = client.delete(f"/api/v1/projects/{project.id}")

    assert (answer.status_code, "scopes" in answer.json()["detail"]) == (403, True)
