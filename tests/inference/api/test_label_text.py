"""POST label/text, over a real connection to a server that speaks the protocol."""

import pytest

from inference.models import LanguageUse
from tests.inference.language.conftest import *  # noqa: F403  the server and its endpoint

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = ["boat", "crane"]


def ask(person, **body):
    body = {"text": "A crane lifts a box.", "options": OPTIONS, **body}
    return person.api.post("/api/v1/label/text", body, content_type="application/json")


def test_a_text_gets_one_of_the_options(alice, endpoint, reachable):
    answer = ask(alice)

    assert answer.status_code == 200, answer.content
    told = answer.json()
    use = LanguageUse.objects.get()
    assert told == {
        "text": "A crane lifts a box.",
        "predicted_label": "crane",
        "confidence": 0.8,
        "source": "ai",
        "confidence_from": "logprobs",
        "tokens": {
            "input": use.input_tokens,
            "output": use.output_tokens,
            "total": use.input_tokens + use.output_tokens,
        },
        "cached": False,
    }
    assert use.reserved == 0
    [body] = reachable.asked
    assert body["model"] == "tiny-1"
    assert body["response_format"]["json_schema"]["strict"] is True
