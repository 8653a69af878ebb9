"""People editing on a real server whose detector service does not answer, while jobs and callers wait for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.inference.client.bad_service import BadService, behaving_badly, good
from tests.live_clients import LiveClient, World, add
from tests.servers import Server

CALLERS = 3
PATIENCE = 60.0
# The built-in model, put in place without asking an engine.
INSTALL = """
from inference.actions.builtin import FILE
from tests.inference.installed import put_in_place
print(put_in_place(FILE, "finder", None).id)
"""


@dataclass
class Beside:
    """A world on a server with a worker, and the detector service that both would use."""

    world: World
    detector: BadService
    model: str

    def label_all(self) -> str:
        """Order a job for the whole dataset; returns its id."""
        path = f"datasets/{self.world.dataset}/label"
        status, answer = self.world.server.call("POST", path, self.world.key, {"model": self.model})
        assert status == 202, answer
        return answer["job"]["id"]

    def job(self, job_id: str) -> dict:
        return self.world.server.call("GET", f"jobs/{job_id}", self.world.key)[1]

    def until_over(self, job_id: str) -> dict:
        deadline = time.monotonic() + PATIENCE
        while (told := self.job(job_id))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, told
            time.sleep(0.1)
        return told

    @contextmanager
    def people_waiting(self, image: str) -> Iterator[None]:
        """Callers who want a picture labelled at once, and hear nothing for as long as the block lasts."""
        threads = [threading.Thread(target=self._ask, args=(image,), daemon=True) for _ in range(CALLERS)]
        for thread in threads:
            thread.start()
        yield

    def _ask(self, image: str) -> None:
        url = f"{self.world.server.url}/api/v1/images/{image}/label"
        headers = {"Authorization": f"Api-Key {self.world.key}"}
        with suppress(httpx.HTTPError):
            httpx.post(url, json={"model": self.model}, headers=headers, timeout=PATIENCE, trust_env=False)

    def wait_for_looks(self, count: int) -> None:
        """Until the service was asked so often."""
        deadline = time.monotonic() + PATIENCE
        while self.detector.looks < count:
            assert time.monotonic() < deadline, self.detector.asked
            time.sleep(0.05)


@contextmanager
def editing_beside(home: Path) -> Iterator[Beside]:
    with behaving_badly() as detector:
        detector.mood = good
        server = Server(home, worker=True, pages=False).install()
        model = server.python(INSTALL).strip()
        server.env["MODELSHIP_ML_SERVICE_URL"] = detector.url
        server.restart()
        try:
            yield Beside(World.make(server), detector, model)
        finally:
            detector.over.set()
            server.stop()


async def acks(client: LiveClient, count: int) -> list[float]:
    """Seconds until each of so many edits, one after the other, was acknowledged."""
    seconds = []
    for number in range(count):
        began = time.perf_counter()
        answer = await client.edited(add(x=number % 40))
        seconds.append(time.perf_counter() - began)
        assert answer["type"] == "ack", answer
        assert answer["dropped"] == []
    return seconds
