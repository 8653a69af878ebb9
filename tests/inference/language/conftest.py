import pytest
from django.test import override_settings

from inference.actions.endpoints import create_endpoint
from inference.models import LanguageEndpoint
from tests.inference.language.openai_server import KEY, LanguageServer, serving
from tests.people import Person


@pytest.fixture
def language_server():
    with serving() as server:
        yield server


@pytest.fixture
def reachable(language_server: LanguageServer, monkeypatch):
    """The operator allows the server, and nobody pauses for long."""
    monkeypatch.setattr("inference.language.client.FIRST_PAUSE", 0.01)
    with override_settings(MODELSHIP_OUTBOUND_ALLOW=[language_server.place], MODELSHIP_LANGUAGE_SECONDS=5):
        yield language_server


@pytest.fixture
def endpoint(reachable: LanguageServer, alice: Person) -> LanguageEndpoint:
    return make_endpoint(alice, reachable)


def make_endpoint(person: Person, server: LanguageServer, **values) -> LanguageEndpoint:
    usual = {"name": "Local", "base_url": server.url, "model": "tiny-1", "key": KEY, "sees_images": True}
    return create_endpoint(person.actor, {**usual, "requests_per_minute": 60_000, **values})
