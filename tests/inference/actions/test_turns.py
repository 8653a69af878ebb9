"""The pace of an endpoint holds for everybody who asks it, in whatever process."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from inference.actions.ask import Asking, Thing
from inference.actions.turns import Turns, rest, take_turn
from inference.language.asking import Question
from inference.language.client import Ended
from inference.models import LanguageEndpoint
from tests.inference.language import openai_server as fails
from tests.inference.language.conftest import *  # noqa: F403
from tests.inference.language.conftest import make_endpoint
from tests.servers import Server

QUESTION = Question(("boat", "crane"))
# Two turns at once, then ten a second.
TAKEN = """
import json, time
from inference.actions.turns import take_turn
from inference.models import LanguageEndpoint
endpoint = LanguageEndpoint.objects.get()
print(json.dumps([time.time() + take_turn(endpoint.id) for _ in range(60)]))
"""
MADE = """
from inference.models import LanguageEndpoint
from modelship.accounts.models import Tenant
tenant = Tenant.objects.create(name="Acme", slug="acme")
LanguageEndpoint.objects.create(
    tenant=tenant, name="x", base_url="http://x", model="x", requests_per_minute=600, requests_at_once=2
)
"""


@pytest.fixture
def slow_endpoint(alice, reachable) -> LanguageEndpoint:
    """Two requests at once, then ten a second."""
    return make_endpoint(alice, reachable, name="Slow", requests_per_minute=600, requests_at_once=2)


def asked(endpoint: LanguageEndpoint, *texts: str) -> list:
    things = [Thing.of_text(text, text) for text in texts]
    return list(Asking(endpoint, QUESTION, uses_cache=False).replies(things))


@pytest.mark.django_db
def test_one_asking_goes_on_where_the_other_stopped(slow_endpoint, reachable):
    began = time.monotonic()

    for batch in ("abc", "def"):
        assert len(asked(slow_endpoint, *batch)) == 3

    assert len(reachable.at) == 6
    # Four of the six had to wait for a tenth of a second each; no machine is too slow for that.
    assert max(reachable.at) - began >= 0.4


@pytest.mark.django_db
def test_requests_that_nobody_planned_take_turns_too(slow_endpoint, reachable):
    """The first try and four more, of which all but two at once wait."""
    reachable.failures.extend([fails.slow_down("0")] * 4)
    began = time.monotonic()

    [reply] = asked(slow_endpoint, "a boat")

    assert reply.verdict
    assert len(reachable.at) == 5
    assert max(reachable.at) - began >= 0.3


@pytest.mark.django_db
def test_a_rest_that_the_other_side_asks_for_holds_for_the_next_who_asks(slow_endpoint, reachable):
    reachable.failures.append(fails.slow_down("0.4"))

    asked(slow_endpoint, "a boat")

    slow_endpoint.refresh_from_db()
    assert slow_endpoint.rests_until is not None
    rest(slow_endpoint.id, 60)
    rest(slow_endpoint.id, 1)
    assert 50 < take_turn(slow_endpoint.id) <= 60


@pytest.mark.django_db
def test_an_endpoint_that_is_gone_has_no_queue():
    assert take_turn(uuid4()) == 0


def test_who_waits_for_a_turn_hears_that_it_is_over():
    stop = threading.Event()
    turns = Turns(uuid4(), stop)
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(turns.take)
        time.sleep(0.05)
        stop.set()
        with pytest.raises(Ended):
            waiting.result(5)


@pytest.mark.slow
def test_two_processes_keep_the_pace_together(tmp_path):
    server = Server(tmp_path, pages=False).install()
    try:
        server.python(MADE)
        with ThreadPoolExecutor(2) as threads:
            both = list(threads.map(server.python, [TAKEN] * 2))
    finally:
        server.stop()

    times = sorted(time for told in both for time in json.loads(told.strip().splitlines()[-1]))
    assert len(times) == 120
    # In no second more than the ten of its pace and the two at once.
    for first in times:
        assert sum(first <= other < first + 1 for other in times) <= 13
