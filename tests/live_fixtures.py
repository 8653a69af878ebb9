"""One real server for all tests of a run that only talk to it; conftest modules import these."""

from collections.abc import Iterator

import pytest

from tests.live_clients import World, new_id
from tests.servers import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("server"), pages=False)
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    return World.make(server, f"acme-{new_id()[:8]}", f"{new_id()}@example.com")
