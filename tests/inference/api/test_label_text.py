"""POST label/text, over a real connection to a server that speaks the protocol."""

import pytest

from inference.language_queries import counted_tokens, this_month
from inference.models import LanguageEndpoint, LanguageUse
from modelship.usage.models import Quota
from tests.inference.language import openai_server as fails
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


def test_the_same_question_is_answered_without_a_request_unless_that_is_not_wanted(
    alice, endpoint, reachable
):
    first, second = ask(alice).json(), ask(alice).json()
    other = ask(alice, instructions="Look at the crane.").json()
    anew = ask(alice, cache=False).json()

    assert [told["cached"] for told in (first, second, other, anew)] == [False, True, False, False]
    assert (second["predicted_label"], second["confidence"]) == ("crane", 0.8)
    assert second["tokens"] == {"input": 0, "output": 0, "total": 0}
    assert len(reachable.asked) == 3
    assert LanguageUse.objects.count() == 3


@pytest.mark.parametrize(
    "body",
    [
        {"text": ""},
        {"text": "x" * 20_001},
        {"text": 7},
        {"options": ["boat"]},
        {"options": ["boat", "boat"]},
        {"options": ["boat", "Boat"]},
        {"options": ["boat", ""]},
        {"options": ["boat", "x" * 201]},
        {"options": [f"option {number}" for number in range(201)]},
        {"options": "boat, crane"},
        {"options": None},
        {"instructions": "x" * 4_001},
        {"model": "gpt"},
        {"cache": 1},
    ],
)
def test_what_is_malformed_is_refused_before_anything_is_asked(alice, endpoint, reachable, body):
    answer = ask(alice, **body)

    assert answer.status_code == 400, answer.content
    assert reachable.asked == []


def test_nul_is_refused(alice, endpoint, reachable):
    answer = alice.api.post(
        "/api/v1/label/text", b'{"text": "a\\u0000b", "options": ["a", "b"]}', content_type="application/json"
    )

    assert answer.status_code == 400
    assert reachable.asked == []


def test_without_an_endpoint_it_is_said_what_to_do(alice):
    answer = ask(alice)

    assert (answer.status_code, answer.json()["code"]) == (409, "no_language_model")


def test_a_viewer_asks_nothing(vic, endpoint, reachable):
    answer = ask(vic)

    assert answer.status_code == 403
    assert reachable.asked == []


def test_an_answer_that_stays_beside_the_options_is_no_answer(alice, endpoint, reachable):
    reachable.failures.extend([fails.labels("submarine")] * 3)

    answer = ask(alice)

    assert (answer.status_code, answer.json()["code"]) == (422, "unanswered")
    use = LanguageUse.objects.get()
    assert (use.requests, use.reserved) == (3, 0)
    assert ask(alice).json()["cached"] is False


def test_a_quota_that_is_used_up_refuses_before_anything_is_asked(alice, endpoint, reachable):
    Quota.objects.create(tenant=alice.tenant, resource="language_tokens", limit=100)

    answer = ask(alice)

    assert (answer.status_code, answer.json()["code"]) == (409, "quota_exceeded")
    assert reachable.asked == []
    assert LanguageUse.objects.count() == 0
    endpoint.refresh_from_db()
    assert endpoint.month_tokens == 0


def test_an_endpoint_has_a_limit_of_its_own_that_ends_with_the_month(alice, endpoint, reachable):
    LanguageEndpoint.objects.update(monthly_tokens=1_000, month=this_month(), month_tokens=990)
    refused = ask(alice)
    LanguageEndpoint.objects.update(month="2020-01")

    taken = ask(alice)

    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert taken.status_code == 200
    endpoint.refresh_from_db()
    assert endpoint.month_tokens == taken.json()["tokens"]["total"]


def test_what_was_really_used_is_what_the_tenant_is_charged(alice, endpoint, reachable):
    total = sum(ask(alice, cache=False).json()["tokens"]["total"] for _ in range(3))

    [quota] = Quota.objects.filter(resource="language_tokens")
    assert quota.used == total == counted_tokens(alice.tenant)
    shown = {row["resource"]: row for row in alice.api.get("/api/v1/tenant/quotas").json()["results"]}
    assert shown["language_tokens"]["used"] == total


def test_a_call_that_is_refused_costs_nothing(alice, endpoint, reachable):
    reachable.key = "another"

    answer = ask(alice)

    assert answer.status_code == 422
    assert counted_tokens(alice.tenant) == 0
    assert Quota.objects.get(resource="language_tokens").used == 0
