"""Which pages of other origins may call the API, and with what."""

import pytest
from django.test import Client

from tests.people import Person

OTHER = "https://pages.example.com"
ASKING = {"origin": OTHER, "access-control-request-method": "PATCH"}


@pytest.fixture
def listed(settings) -> None:
    settings.MODELSHIP_CORS_ORIGINS = [OTHER]


def test_no_other_origin_is_let_in_by_default(alice: Person):
    answer = alice.api.get("/api/v1/projects", headers={"origin": OTHER})
    asked = Client().options("/api/v1/projects", headers=ASKING)

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in asked.headers


def test_a_listed_origin_reads_answers_and_refusals(listed: None, alice: Person):
    answers = [
        alice.api.get("/api/v1/projects", headers={"origin": OTHER}),
        Client().get("/api/v1/projects", headers={"origin": OTHER}),
    ]

    assert [answer.status_code for answer in answers] == [200, 401]
    for answer in answers:
        assert answer["Access-Control-Allow-Origin"] == OTHER
        assert "Origin" in answer["Vary"]
        assert "ETag" in answer["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_listed_origin_may_send_keys_and_patches(listed: None):
    answer = Client().options("/api/v1/images/x", headers=ASKING)

    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == OTHER
    assert "PATCH" in answer["Access-Control-Allow-Methods"]
    assert "Authorization" in answer["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("origin", ["https://pages.example.com.evil.net", "http://pages.example.com", "null"])
def test_what_only_looks_like_a_listed_origin_is_not_let_in(origin: str, listed: None, alice: Person):
    answer = alice.api.get("/api/v1/projects", headers={"origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer["Vary"]


@pytest.mark.django_db
def test_pages_are_not_opened_to_a_listed_origin(listed: None):
    answer = Client().get("/health", headers={"origin": OTHER})

    assert "Access-Control-Allow-Origin" not in answer.headers
