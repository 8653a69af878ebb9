"""A service that fails in every way a service can: the breaker opens, refuses at once, and lets one probe through."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from inference import wire
from inference.asking import OutOfLimits
from inference.client import link as links
from inference.client.link import Call, Link, Place
from modelship.lib.breaker import State
from modelship.lib.errors import Problem, Unavailable
from tests.inference.client import bad_service
from tests.servers import free_port

FAILURES = ("broken", "garbage", "another_shape", "impossible", "not_a_number", "cut_off", "elsewhere")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(links, "HEALTH_SECONDS", 0.3)
    monkeypatch.setattr(links, "WATCH_SECONDS", 0.2)
    monkeypatch.setattr(links, "FIRST_PAUSE", 0.02)


@pytest.fixture
def server():
    with bad_service.behaving_badly() as server:
        yield server


@pytest.fixture
def linked():
    made = []

    def make(url, **more):
        made.append(Link(Place(url, **{"attempts": 1, "cool_down": 60.0, **more})))
        return made[-1]

    yield make
    for link in made:
        link.close()


def look(link, seconds=5.0):
    return link.begin(Call("POST", "/api/ml/detect", wire.Sight, seconds)).result(30)


def refused(link, **more) -> Problem:
    with pytest.raises(Problem) as refusal:
        look(link, **more)
    return refusal.value


@pytest.mark.parametrize("mood", FAILURES)
def test_five_failures_in_a_row_open_the_breaker(server, linked, mood):
    server.mood = getattr(bad_service, mood)
    link = linked(server.url)

    told = [refused(link) for _ in range(5)]
    asked = server.looks
    began = time.perf_counter()
    refusals = [refused(link) for _ in range(20)]
    each = (time.perf_counter() - began) / 20

    assert {problem.code for problem in told} <= {"ml_unavailable", "ml_failed"}
    assert asked == server.looks == 5
    assert {(type(problem), problem.code) for problem in refusals} == {(Unavailable, "ml_unavailable")}
    assert all(50 < problem.extra["retry_after"] <= 60 for problem in refusals)
    # Milliseconds in truth; the machine may be busy.
    assert each < 0.05


def test_nobody_there_opens_it_too(linked):
    link = linked(f"http://127.0.0.1:{free_port()}")

    told = {refused(link).code for _ in range(5)}

    assert (told, link.breaker.state) == ({"ml_unavailable"}, State.OPEN)


def test_a_service_that_hangs_is_not_sent_a_picture(server, linked):
    server.mood, server.is_healthy = bad_service.hanging, False
    link = linked(server.url)

    began = time.monotonic()
    told = {refused(link).code for _ in range(5)}

    assert (told, link.breaker.state, server.looks) == ({"ml_unavailable"}, State.OPEN, 0)
    assert time.monotonic() - began < 10


def test_a_service_that_goes_silent_over_a_picture_is_given_up(server, linked):
    link = linked(server.url)
    look(link)
    server.mood, server.is_healthy = bad_service.hanging, False

    began = time.monotonic()
    problem = refused(link, seconds=300)

    assert (problem.code, server.looks) == ("ml_unavailable", 2)
    assert time.monotonic() - began < 10


def test_a_picture_that_takes_too_long_is_its_own_fault_and_not_that_of_the_service(server, linked):
    server.mood = bad_service.slow(1.0)
    link = linked(server.url)

    problem = refused(link, seconds=0.3)

    assert (type(problem) is not Unavailable, isinstance(problem, OutOfLimits)) == (True, True)
    assert (problem.code, link.breaker.state) == ("model_wall", State.CLOSED)
    server.mood = bad_service.good
    assert look(link).width == 64


def test_a_slow_service_is_waited_for(server, linked):
    server.mood = bad_service.slow(1.0)
    link = linked(server.url)

    assert [look(link).width for _ in range(2)] == [64, 64]
    assert link.breaker.state == State.CLOSED


def test_a_full_service_is_asked_again_and_never_shut_out(server, linked):
    server.mood = bad_service.full
    link = linked(server.url, attempts=2)

    problem = refused(link)
    assert (problem.code, problem.extra["retry_after"], server.looks) == ("busy", 1, 2)
    assert link.breaker.state == State.CLOSED


def test_what_can_heal_is_tried_again_and_what_cannot_is_not(server, linked):
    server.mood = bad_service.cut_off
    link = linked(server.url, attempts=3)
    refused(link)
    cut = server.looks
    server.mood = bad_service.garbage
    refused(link)

    assert (cut, server.looks) == (3, 4)


def test_one_probe_at_a_time_and_its_success_lets_all_through(server, linked):
    server.mood = bad_service.broken
    link = linked(server.url, cool_down=0.5)
    for _ in range(5):
        refused(link)
    server.mood, server.most_at_once = bad_service.slow(0.5), 0
    before = server.looks
    time.sleep(0.6)

    with ThreadPoolExecutor(20) as threads:
        ended = list(threads.map(lambda _: outcome(link), range(20)))

    assert sorted(ended) == ["ml_unavailable"] * 19 + ["seen"]
    assert (server.looks - before, server.most_at_once) == (1, 1)
    assert link.breaker.state == State.CLOSED
    assert look(link).width == 64


def test_a_probe_that_fails_shuts_it_again(server, linked):
    server.mood = bad_service.broken
    link = linked(server.url, cool_down=0.3)
    for _ in range(5):
        refused(link)
    time.sleep(0.4)

    assert refused(link).code == "ml_failed"
    assert link.breaker.state == State.OPEN
    assert server.looks == 6


def outcome(link):
    try:
        look(link)
    except Problem as problem:
        return problem.code
    return "seen"


def test_a_sign_of_life_closes_a_breaker_that_has_cooled_down(server, linked):
    server.mood, server.is_healthy = bad_service.broken, False
    link = linked(server.url, cool_down=0.3)
    for _ in range(5):
        refused(link)
    while_open = link.standing()[0]
    server.mood = bad_service.good
    time.sleep(0.4)

    assert while_open == "down"
    assert link.standing()[0] == "up"
    assert link.breaker.state == State.CLOSED


def test_a_call_that_is_ended_ends_at_once(server, linked):
    server.mood = bad_service.hanging
    link = linked(server.url)
    future = link.begin(Call("POST", "/api/ml/detect", wire.Sight, 60))
    time.sleep(0.2)

    began = time.monotonic()
    assert future.cancel()
    link.standing()

    assert time.monotonic() - began < 1
    assert link.breaker.state == State.CLOSED
