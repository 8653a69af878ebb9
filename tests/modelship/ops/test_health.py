"""Liveness and readiness."""

import pytest
from django.test import Client

from modelship.accounts.models import User
from tests.people import Person


def test_alive_without_credentials(client: Client):
    answer = client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_tells_strangers_nothing_more(client: Client):
    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_tells_staff_which_part(alice: Person):
    User.objects.filter(pk=alice.user.pk).update(is_staff=True)

    checks = alice.browser.get("/health/ready").json()["checks"]

    assert checks == {"database": "ok", "storage": "ok", "channel_layer": "ok", "inference": "ok"}


@pytest.mark.django_db
def test_a_storage_that_refuses_is_a_503(client: Client, settings, tmp_path):
    blocker = tmp_path / "media"
    blocker.write_text("a file where a folder should be")
    backend = settings.STORAGES["default"]["BACKEND"]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": backend, "OPTIONS": {"location": blocker}},
    }

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
