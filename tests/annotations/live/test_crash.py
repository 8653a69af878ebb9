"""The server is killed in the middle of edits: what was acknowledged is there, and nothing is there twice."""

from collections.abc import Iterator

import pytest

from tests.annotations.live.harness import Report, Size, trial
from tests.live_clients import World
from tests.servers import Server

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("mortal"), pages=False)
    try:
        yield server.start()
    finally:
        server.stop()


async def test_killed_during_edits_of_two_clients(mortal: Server):
    size = Size(clients=2, edits=300, kills=4, seed=3, patience=90)

    report = await trial(World.make(mortal), size)

    assert report.faults == {}
    assert report.kills == size.kills
    assert was_rough(report)


# The full size, 10,000 edits and 50 kills, is `make harness`.
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_killed_during_edits_of_eight_clients_on_a_bad_network(mortal: Server):
    size = Size(clients=8, edits=2_000, kills=10, seed=5, patience=200)

    report = await trial(World.make(mortal), size)

    assert report.faults == {}
    assert report.kills == size.kills
    assert was_rough(report)
    assert report.kinds.keys() == {"add", "update", "review", "delete", "restore"}
    assert report.dropped["changed"]


def was_rough(report: Report) -> bool:
    """Whether the trial put anything to the test: connections broke and unanswered edits went out again."""
    return report.network["cuts"] >= report.kills and report.network["resent"] > 0
