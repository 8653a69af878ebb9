import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from modelship.lib.errors import Unprocessable
from modelship.lib.limited import ROOT, LimitExceeded, Limits, Listener, Pool
from tests.modelship.lib.limited_samples import Pair, Refused

HERE = "tests.modelship.lib.limited_samples"


@pytest.fixture
def pool():
    pool = Pool(children=2)
    yield pool
    pool.close()


def run(pool, name, *args, **limits):
    return pool.run(f"{HERE}:{name}", args, Limits(**limits))


def test_result_comes_back_as_the_dataclass_it_was(pool):
    assert run(pool, "pair", 3, "x") == Pair(3, "x")


def test_child_is_warm_and_reused(pool):
    first, second = run(pool, "identity"), run(pool, "identity")

    assert first == second != os.getpid()


def test_child_is_replaced_after_its_share_of_calls():
    pool = Pool(children=1, calls_per_child=2)

    seen = [run(pool, "identity") for _ in range(4)]

    pool.close()
    assert seen[0] == seen[1] != seen[2] == seen[3]


def test_child_sees_no_secret_and_an_empty_folder(pool, monkeypatch):
    monkeypatch.setenv("MODELSHIP_S3_SECRET_KEY", "canary")

    seen = run(pool, "surroundings")

    assert "canary" not in str(seen["environment"])
    assert "MODELSHIP_HOME" not in seen["environment"]
    assert seen["files"] == []
    assert seen["folder"] != os.getcwd()


def test_child_inherits_no_open_file(pool, tmp_path):
    with contextlib.ExitStack() as stack:
        for number in range(20):
            stack.enter_context(open(tmp_path / str(number), "w"))
        count = run(pool, "open_files")

    assert count <= 6


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux can take the network away.")
def test_child_has_no_network(pool):
    with socket.create_server(("127.0.0.1", 0)) as server:
        seen = run(pool, "reach", server.getsockname()[1])

    if subprocess.run(["unshare", "-Un", "true"], capture_output=True, check=False).returncode:
        pytest.skip("This system allows no network namespaces.")
    assert seen == "unreachable"


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux enforces the limit.")
def test_memory_limit_counts_from_what_the_child_holds(pool):
    assert run(pool, "take_memory", 50 << 20, memory_bytes=100 << 20) == 50 << 20

    with pytest.raises(LimitExceeded) as refused:
        run(pool, "take_memory", 200 << 20, memory_bytes=100 << 20)

    assert refused.value.reason == "memory"
    assert run(pool, "take_memory", 200 << 20, memory_bytes=300 << 20) == 200 << 20


def test_cpu_limit_ends_a_loop_and_the_pool_goes_on(pool):
    with pytest.raises(LimitExceeded) as refused:
        run(pool, "burn", cpu_seconds=1, wall_seconds=30)

    assert refused.value.reason == "cpu"
    assert run(pool, "pair", 1, "after") == Pair(1, "after")


def test_wall_limit_ends_a_sleeper(pool):
    started = time.monotonic()

    with pytest.raises(LimitExceeded) as refused:
        run(pool, "sleep", 30, wall_seconds=0.5)

    assert refused.value.reason == "wall"
    assert time.monotonic() - started < 10


def test_crash_is_told_and_the_child_replaced(pool):
    before = run(pool, "identity")

    with pytest.raises(LimitExceeded) as refused:
        run(pool, "die")

    assert refused.value.reason == "crashed"
    assert run(pool, "identity") != before


def test_idle_child_that_died_is_replaced(pool):
    os.kill(run(pool, "identity"), 9)
    time.sleep(0.2)

    assert run(pool, "pair", 1, "again") == Pair(1, "again")


def test_file_limit_stops_a_writer(pool, tmp_path):
    with pytest.raises(LimitExceeded):
        run(pool, "write", str(tmp_path / "big"), 2 << 20, file_bytes=1 << 20)

    assert (tmp_path / "big").stat().st_size <= 1 << 20


def test_big_bytes_go_by_path(pool, tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"1" * (5 << 20))
    path.chmod(0o600)

    assert run(pool, "read", str(path)) == 5 << 20


def test_own_refusals_come_back_whole(pool):
    with pytest.raises(ValueError, match=r"^No such colour\.$"):
        run(pool, "value_error")
    with pytest.raises(Refused) as refused:
        run(pool, "refuse")
    with pytest.raises(Unprocessable) as problem:
        run(pool, "problem")

    assert (refused.value.code, refused.value.detail) == ("bad_head", "The head is unknown.")
    assert problem.value.as_dict()["code"] == "corrupt"
    assert problem.value.extra == {"limit": 3}


def test_other_errors_name_themselves(pool):
    with pytest.raises(LimitExceeded) as refused:
        run(pool, "type_error")
    with pytest.raises(LimitExceeded) as missing:
        run(pool, "no_such_function")

    assert (refused.value.reason, refused.value.detail) == ("crashed", "TypeError: Missing dimensions")
    assert missing.value.reason == "crashed"


def test_answer_cannot_run_code_in_the_server(pool):
    with pytest.raises(LimitExceeded) as refused:
        run(pool, "evil")

    assert refused.value.reason == "crashed"


def test_answer_has_a_size_limit(pool):
    with pytest.raises(LimitExceeded) as refused:
        run(pool, "too_much")

    assert refused.value.reason == "memory"


def test_many_threads_share_few_children(pool):
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda number: run(pool, "pair", number, "t"), range(60)))
        children = set(threads.map(lambda _: run(pool, "identity"), range(20)))

    assert answers == [Pair(number, "t") for number in range(60)]
    assert len(children) <= 2


def test_close_ends_a_call_at_work(pool):
    reasons = []

    def call():
        try:
            run(pool, "sleep", 30)
        except LimitExceeded as error:
            reasons.append(error.reason)

    thread = threading.Thread(target=call)
    thread.start()
    time.sleep(1)
    pool.close()
    thread.join(timeout=10)

    assert reasons == ["crashed"]


def test_children_end_with_their_process(tmp_path):
    script = (
        "from modelship.lib.limited import run_limited;"
        f"print(run_limited('{HERE}:identity'), flush=True);"
        "print(run_limited('tests.modelship.lib.limited_samples:surroundings')['folder'], flush=True)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    pid, folder = done.stdout.split()
    assert not os.path.exists(folder)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def follow(pool, name, *args, on_part, should_stop=lambda: False, **limits):
    listener = Listener(on_part, should_stop)
    return pool.run(f"{HERE}:{name}", args, Limits(**limits), listener)


def test_parts_are_heard_in_order_before_the_answer(pool):
    heard = []

    answer = follow(pool, "count", 3, on_part=heard.append)

    assert answer == "counted"
    assert heard == [{"number": 0}, {"number": 1}, {"number": 2}]


def test_a_child_that_is_asked_to_stop_answers_and_takes_the_next_call(pool):
    heard = []

    answer = follow(pool, "count", 1000, 0.02, on_part=heard.append, should_stop=lambda: len(heard) >= 3)

    assert answer.startswith("stopped before ")
    assert 3 <= len(heard) < 100
    assert follow(pool, "count", 2, on_part=heard.append) == "counted"
    assert run(pool, "pair", 3, "x") == Pair(3, "x")


def test_a_wish_that_comes_too_late_does_not_stop_the_next_call(pool):
    one = Pool(children=1)
    late = iter([False] * 3)

    first = follow(one, "count", 2, on_part=lambda part: None, should_stop=lambda: next(late, True))
    second = follow(one, "count", 2, on_part=lambda part: None)

    one.close()
    assert first in ("counted", "stopped before 1")
    assert second == "counted"


def test_what_the_listener_raises_ends_the_call_and_the_child(pool):
    def refuse(part):
        raise TimeoutError("mine")

    before = run(pool, "identity")

    with pytest.raises(TimeoutError, match="mine"):
        follow(pool, "count", 1000, 0.01, on_part=refuse)

    assert run(pool, "identity") != before


def test_telling_parts_does_not_stretch_the_wall_limit(pool):
    began = time.monotonic()

    with pytest.raises(LimitExceeded) as caught:
        follow(pool, "count", 1000, 0.05, on_part=lambda part: None, wall_seconds=0.5)

    assert caught.value.reason == "wall"
    assert time.monotonic() - began < 10


def test_a_child_that_only_tells_parts_is_ended(pool):
    with pytest.raises(LimitExceeded) as caught:
        follow(pool, "chatter", on_part=lambda part: None, wall_seconds=60)

    assert caught.value.reason == "crashed"


def test_a_library_that_is_not_installed_is_named(pool):
    with pytest.raises(LimitExceeded) as caught:
        pool.run("tests.modelship.lib.limited_unloadable:anything", (), Limits())

    assert (caught.value.reason, caught.value.detail) == ("missing", "no_such_library")
    assert run(pool, "pair", 3, "x") == Pair(3, "x")
