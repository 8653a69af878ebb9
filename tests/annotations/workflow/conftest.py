from tests.live_fixtures import server, world

__all__ = ["server", "world"]
