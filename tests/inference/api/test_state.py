import time

import pytest
from django.test import override_settings

from modelship.accounts.models import User
from tests.inference.client import bad_service

pytestmark = pytest.mark.django_db
URL = "/api/v1/inference/state"


def test_in_process_is_always_up(alice):
    assert alice.api.get(URL).json() == {
        "mode": "in_process",
        "state": "up",
        "since": None,
        "retry_after": None,
    }


def test_strangers_hear_nothing(client):
    assert client.get(URL).status_code == 401


def test_a_service_that_goes_away_and_comes_back_is_told_of_within_seconds(vic):
    with (
        bad_service.behaving_badly() as server,
        override_settings(MODELSHIP_ML_SERVICE_URL=server.url),
    ):
        up = vic.api.get(URL).json()
        server.mood, server.is_healthy = bad_service.broken, False
        down, took = awaited(vic, "down")
        server.mood = bad_service.good
        back, _ = awaited(vic, "up")

    assert (up["mode"], up["state"], up["retry_after"]) == ("service", "up", None)
    assert took < 5
    assert down["retry_after"] >= 1
    assert up["since"] < down["since"] < back["since"]


def test_who_asks_often_does_not_ask_the_service_often(vic):
    with (
        bad_service.behaving_badly() as server,
        override_settings(MODELSHIP_ML_SERVICE_URL=server.url),
    ):
        for _ in range(20):
            vic.api.get(URL)

    assert len(server.asked) <= 2


def test_readiness_tells_of_it_and_stays_ready(alice):
    User.objects.filter(pk=alice.user.pk).update(is_staff=True)
    with (
        bad_service.behaving_badly() as server,
        override_settings(MODELSHIP_ML_SERVICE_URL=server.url),
    ):
        server.mood, server.is_healthy = bad_service.broken, False
        answer = alice.browser.get("/health/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["inference"] == "Unavailable"


def awaited(person, state):
    began = time.monotonic()
    while (found := person.api.get(URL).json())["state"] != state:
        assert time.monotonic() - began < 20
        time.sleep(0.2)
    return found, time.monotonic() - began
