"""More clients than there is room for: each hears a detection, or when to come back."""

import threading
from collections import Counter

import pytest

from tests.inference.installed import drawn


@pytest.mark.slow
def test_fifty_clients_at_once_hear_200_or_503_with_retry_after(service):
    picture, start = drawn(spots=((8, 16),)), threading.Barrier(50)
    heard: Counter[int] = Counter()
    guard = threading.Lock()

    def ask():
        with service.client() as client:
            start.wait()
            for _ in range(3):
                answer = client.post("/api/ml/detect", files={"file": ("p.png", picture)})
                assert answer.status_code != 503 or int(answer.headers["Retry-After"]) >= 1
                with guard:
                    heard[answer.status_code] += 1

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(heard) <= {200, 503}
    assert sum(heard.values()) == 150
    assert heard[200] >= 18
    with service.client() as client:
        health = client.get("/api/ml/health").json()
    assert (health["lanes"]["now"], health["queue"]["now"]) == (0, 0)
