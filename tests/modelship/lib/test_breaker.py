import threading

import pytest

from modelship.lib.breaker import Breaker, Refused, State


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def breaker(clock):
    return Breaker(failures=5, cool_down=10, clock=clock)


def call(breaker, *, well):
    with breaker.enter() as permit:
        permit.succeed() if well else permit.fail()


def open_it(breaker):
    for _ in range(5):
        call(breaker, well=False)


def test_five_failures_in_a_row_open_it(breaker):
    for _ in range(4):
        call(breaker, well=False)
    assert breaker.state == State.CLOSED

    call(breaker, well=False)

    assert (breaker.state, breaker.retry_after) == (State.OPEN, 10)
    with pytest.raises(Refused) as refusal, breaker.enter():
        """Nobody comes here."""
    assert refusal.value.retry_after == 10


def test_a_success_between_failures_counts_from_the_start(breaker):
    for well in (False, False, False, False, True, False, False, False, False):
        call(breaker, well=well)

    assert breaker.state == State.CLOSED


def test_a_call_without_a_verdict_proves_nothing(breaker):
    for _ in range(9):
        with breaker.enter():
            """No word on how it went."""

    assert breaker.state == State.CLOSED


def test_half_open_lets_one_call_through_at_a_time(breaker, clock):
    open_it(breaker)
    clock.now += 10
    assert breaker.state == State.HALF_OPEN

    with breaker.enter() as probe:
        for _ in range(3):
            with pytest.raises(Refused), breaker.enter():
                """Nobody comes here."""
        probe.succeed()

    assert (breaker.state, breaker.retry_after) == (State.CLOSED, 0)


def test_a_failed_probe_opens_it_anew(breaker, clock):
    open_it(breaker)
    clock.now += 10

    call(breaker, well=False)

    assert (breaker.state, breaker.retry_after) == (State.OPEN, 10)


def test_a_probe_that_ends_without_a_verdict_makes_room_for_the_next(breaker, clock):
    open_it(breaker)
    clock.now += 10
    with pytest.raises(ZeroDivisionError), breaker.enter():
        raise ZeroDivisionError

    call(breaker, well=True)

    assert breaker.state == State.CLOSED


def test_what_began_before_it_opened_says_nothing_about_now(breaker):
    with breaker.enter() as early, breaker.enter() as late:
        open_it(breaker)
        early.succeed()
        late.fail()

    assert breaker.state == State.OPEN


def test_of_many_threads_one_probes(breaker, clock):
    open_it(breaker)
    clock.now += 10
    start, passed, refused = threading.Barrier(16), [], []
    settled = threading.Barrier(16)

    def probe():
        start.wait()
        try:
            with breaker.enter() as permit:
                passed.append(permit)
                settled.wait()
        except Refused:
            refused.append(1)
            settled.wait()

    threads = [threading.Thread(target=probe) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(passed), len(refused)) == (1, 15)
