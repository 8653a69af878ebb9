"""Seeds pictures and asks for lists of them, in one process with the whole request path but no network."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.test import Client

from datasets.models import Dataset
from datasets.search.sorting import TITLES
from tests.datasets.many_images import seed_assignments, seed_many, settle, without_indexes
from tests.people import make_person

FILTERS = (
    *("state:new", "state:approved", "split:test", "quay_77777", "class:crane", "class:boat"),
    *("score<0.1", "score>0.9", "boxes>=3", "bytes>900kB", "megapixels>2", "width>=1920"),
    *("created>=2021-06", "meta.iso>=3900", "duplicate:true"),
    # Half of the pictures are Ann's to label, one in fifty Bob's to review.
    *("assignee:ann@example.com", "assignee:bob@example.com", "assignee:none", "due<2026-11-15"),
    *("assignee:ann@example.com task:open", "assignee:bob@example.com task:open"),
)
# Searches in another order than the gallery's, some where the two have much to do with each other.
CROSSED = (
    *(("state:proposed", "score"), ("state:approved", "-boxes"), ("state:new", "-boxes")),
    *(("class:crane", "score"), ("score<0.1", "name"), ("bytes>900kB", "newest")),
)


def measured(dataset_id: str, key: str, count: int, repeats: int) -> dict[str, Any]:
    """Seconds of seeding, and of each round by the name of the call."""
    dataset = Dataset.objects.select_related("project").get(pk=dataset_id)
    started = time.perf_counter()
    with without_indexes():
        seed_many(dataset, count)
        for name, purpose, every in (("Ann", "label", 2), ("Bob", "review", 50)):
            person = make_person(name, dataset.tenant, "annotator")
            seed_assignments(dataset, person.user, purpose, every=every)
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
        **{f"first page, sort={sort}": images(sort=sort) for sort in TITLES},
        **{f"middle page, sort={sort}": middle(sort=sort) for sort in TITLES},
        **{f"first page of {line}": images(q=line) for line in FILTERS},
        **{f"first page of {line}, sort={sort}": images(q=line, sort=sort) for line, sort in CROSSED},
        "middle page of state:approved": middle(state="approved"),
        "total and facets": f"{ours}/facets",
        **{f"facets of {line}": f"{ours}/facets?{urlencode({'q': line})}" for line in FILTERS},
        "all windows of 500": f"{ours}/windows?every=500",
    }
