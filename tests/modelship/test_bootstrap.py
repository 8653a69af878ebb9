"""Operator commands of accounts."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from modelship.accounts.models import ApiKey, Membership, Tenant, User


def bootstrap(**options: object) -> dict:
    out = StringIO()
    call_command("bootstrap", tenant="acme", email="Alice@Example.com", json=True, stdout=out, **options)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_it_prints_a_key_that_works():
    made = bootstrap()

    answer = Client().get("/api/v1/auth/me", headers={"authorization": f"Api-Key {made['api_key']}"})

    assert answer.status_code == 200
    assert answer.json()["tenant"]["slug"] == "acme"
    assert answer.json()["role"] == "owner"
    assert made["user"]["email"] == "alice@example.com"


@pytest.mark.django_db
def test_repeating_it_finds_what_it_made():
    first = bootstrap()

    second = bootstrap()

    assert second["tenant"] == first["tenant"]
    assert second["user"] == first["user"]
    assert second["api_key"] != first["api_key"]
    assert (Tenant.objects.count(), User.objects.count(), Membership.objects.count()) == (1, 1, 1)


@pytest.mark.django_db
def test_a_weak_password_changes_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OWNER_PASSWORD", "short")

    with pytest.raises(CommandError, match="at least 10 characters"):
        bootstrap(password_env="OWNER_PASSWORD")

    assert User.objects.count() == 0


@pytest.mark.django_db
def test_the_secret_of_a_key_is_not_stored():
    secret = bootstrap()["api_key"]

    key = ApiKey.objects.get()

    assert secret not in json.dumps({field.name: str(getattr(key, field.name)) for field in key._meta.fields})
    assert key.prefix == secret[:11]
