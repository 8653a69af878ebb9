"""The detector service under many clients: what they hear, how soon, and what HTTP costs beside the engine alone."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

from datasets.harbour import View, draw
from inference.engine.inspection import inspect_model
from inference.service.keeping import BUILTIN
from modelship.lib.limited import DEFAULT, Pool
from tests.bench import editing_beside
from tests.bench.report import Options, Table, ratio, share
from tests.inference.detector_service import DetectorService

LANES = 2
SIZE = (640, 480)
CLIENTS = (1, 50, 100)
ALONE = 40


@dataclass
class Heard:
    """What all clients of one round heard."""

    statuses: Counter[int] = field(default_factory=Counter)
    seen: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    without_retry_after: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def note(self, answer: httpx.Response, seconds: float) -> None:
        with self.guard:
            self.statuses[answer.status_code] += 1
            if answer.status_code == 503:
                self.refused.append(seconds)
                self.without_retry_after += "Retry-After" not in answer.headers
            else:
                self.seen.append(seconds)


def run(options: Options) -> list[Table]:
    """Rounds of `repeats` times four seconds."""
    picture = draw(View(50_001, *SIZE)).jpeg()
    table = Table(
        f"Detector service: built-in model, {SIZE[0]}x{SIZE[1]} JPEG, {LANES} lanes, queue {LANES * 8}",
        ("clients", "pictures/s", "of engine", "200 p50 ms", "200 p99 ms", "503", "503 p99 ms", "else"),
    )
    alone = _alone(picture)
    table.add("engine in children, no HTTP", alone, "1.00x", None, None, None, None, None)
    service = DetectorService(MODELSHIP_ML_LANES=str(LANES)).start()
    try:
        _round(service, picture, clients=LANES, seconds=4)
        for clients in CLIENTS:
            seconds = 4.0 * options.repeats
            heard = _round(service, picture, clients=clients, seconds=seconds)
            rate = heard.statuses[200] / seconds
            other = sum(heard.statuses.values()) - heard.statuses[200] - heard.statuses[503]
            table.add(
                clients,
                rate,
                ratio(rate, alone),
                share(heard.seen, 0.5) * 1000,
                share(heard.seen, 0.99) * 1000,
                heard.statuses[503],
                share(heard.refused, 0.99) * 1000,
                other + len(heard.errors) + heard.without_retry_after,
            )
    finally:
        service.drop()
    table.notes.append(
        "Clients come back when Retry-After says. The load runs on the same cores as the service."
    )
    return [table, editing_beside.measured(options)]


def _round(service: DetectorService, picture: bytes, *, clients: int, seconds: float) -> Heard:
    heard, start = Heard(), threading.Barrier(clients)
    with ThreadPoolExecutor(clients) as threads:
        for _ in range(clients):
            threads.submit(_ask, service, picture, heard, start, seconds)
    return heard


def _ask(
    service: DetectorService, picture: bytes, heard: Heard, start: threading.Barrier, seconds: float
) -> None:
    with service.client() as client:
        start.wait()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            began = time.perf_counter()
            try:
                answer = client.post("/api/ml/detect", files={"file": ("p.jpg", picture)})
            except httpx.HTTPError as error:
                with heard.guard:
                    heard.errors.append(repr(error))
                continue
            heard.note(answer, time.perf_counter() - began)
            if answer.status_code == 503:
                time.sleep(min(float(answer.headers.get("Retry-After", 1)), max(0.0, end - time.monotonic())))


def _alone(picture: bytes) -> float:
    """Pictures a second of the same children without a service around them."""
    spec, pool = inspect_model(BUILTIN).to_dict(), Pool(children=LANES)
    path = DetectorService().home / "p.jpg"
    path.write_bytes(picture)
    asked = (str(BUILTIN), spec, str(path), {"max_pixels": 10**8})

    def look(_: int) -> None:
        pool.run("inference.engine.child:detect_file", asked, DEFAULT)

    try:
        with ThreadPoolExecutor(LANES) as threads:
            list(threads.map(look, range(LANES * 2)))
            began = time.perf_counter()
            list(threads.map(look, range(ALONE)))
            return ALONE / (time.perf_counter() - began)
    finally:
        pool.close()
