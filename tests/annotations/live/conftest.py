from collections.abc import Iterator

import pytest

from tests.live_clients import World
from tests.servers import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("server"), pages=False)
    try:
        yield started.start()
    finally:
        started.stop()


@pytest.fixture(scope="module")
def world(server: Server) -> World:
    return World.make(server)
