"""Seeds pictures and asks for lists of them, in one process with the whole request path but no network."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from datasets.models import Dataset
from tests.datasets.many_images import seed_many, settle, without_indexes


def measured(dataset_id: str, key: str, count: int, repeats: int) -> dict[str, Any]:
    """Seconds of seeding, and of each round by the name of the call."""
    dataset = Dataset.objects.select_related("project").get(pk=dataset_id)
    started = time.perf_counter()
    with without_indexes():
        seed_many(dataset, count)
    settle(vacuum=True)
    seeded = time.perf_counter() - started
    client = Client(headers={"authorization": f"Api-Key {key}", "host": "127.0.0.1"})
    urls = urls_of(client, dataset_id)
    return {
        "seeded": seeded,
        "database": f"{connection.vendor} {connection.get_database_version()}",
        "calls": {name: rounds(lambda url=url: asked(client, url), repeats) for name, url in urls.items()},
    }


def rounds(call: Callable[[], int], repeats: int) -> list[float]:
    seconds = []
    for _ in range(max(repeats, 1) + 1):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    # The first one fills caches.
    return seconds[1:]


def asked(client: Client, url: str) -> int:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return len(answer.content)


def urls_of(client: Client, dataset_id: str) -> dict[str, str]:
    ours = f"/api/v1/datasets/{dataset_id}"

    def images(**more: str) -> str:
        return f"/api/v1/images?{urlencode({'dataset': dataset_id, **more})}"

    def middle(**more: str) -> str:
        cursors = client.get(f"{ours}/windows?{urlencode({**more, 'every': 500})}").json()["cursors"]
        return images(**more, cursor=cursors[len(cursors) // 2])

    return {
        "first page": images(),
        "page in the middle": middle(),
        "first page by name": images(sort="name"),
        "middle by name": middle(sort="name"),
        "first page, largest": images(sort="-pixels"),
        "first page, most boxes": images(sort="-boxes"),
        "first page of state:approved": images(state="approved"),
        "middle of state:approved": middle(state="approved"),
        "first page of a word": images(q="quay_77777"),
        "first page of a rare class": images(q="class:crane"),
        "first page of meta.iso>=3900": images(q="meta.iso>=3900"),
        "total and facets": f"{ours}/facets",
        "facets of state:approved": f"{ours}/facets?state=approved",
        "facets of a word": f"{ours}/facets?q=quay_77777",
        "facets of a rare class": f"{ours}/facets?q=class:crane",
        "all windows of 500": f"{ours}/windows?every=500",
    }
