"""Lists of very many pictures: PostgreSQL answers them by an index, and never reads all pictures one by one."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import LabelClass
from datasets.models import Dataset
from datasets.search.keys import known_keys
from datasets.search.sorting import TITLES
from modelship.projects.models import Project
from tests.datasets.many_images import seed_assignments, seed_many, settle
from tests.people import Person, make_person, make_tenant

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are those of PostgreSQL"),
]
OURS, OTHERS, ALONE = 30_000, 70_000, 100_000
# The archive has its own order; others are those of kept pictures.
ARCHIVE, BY_BOXES = "archived:", ("-boxes", "score")
SEQUENTIAL = "Seq Scan on datasets_image"
# One search or more for every key.
FILTERS = {
    "text": ["quay_21999", "quay"],
    "name": ["name:21999"],
    "keyword": ["keyword:fog"],
    "state": ["state:new", "state:approved,submitted", "state:approved split:test"],
    "split": ["split:test", "split:none"],
    "archived": ["archived:true", "archived:all"],
    "meta": ["meta.iso>=3900", "meta.camera:c3"],
    "boxes": ["boxes>=3", "boxes:0"],
    "proposals": ["proposals>0"],
    "width": ["width>=1920"],
    "height": ["height<600"],
    "megapixels": ["megapixels>2"],
    "bytes": ["bytes>20kB", "bytes>5MB"],
    "sharpness": ["sharpness<50"],
    "brightness": ["brightness<40"],
    "shape": ["shape:portrait"],
    "created": ["created>=2020-02", "created:2020-01"],
    "taken": ["taken>=2021"],
    "duplicate": ["duplicate:true"],
    "phash": ["phash:0f1e2d3c4b5a6978"],
    "uploader": ["uploader:019ac0de-0000-7000-8000-000000000000"],
    "class": ["class:crane", "class:boat", "class:none state:new"],
    "score": ["score<0.1", "score>0.9", "score>0.3 score<0.4"],
    "source": ["source:model"],
    "assignee": [
        "assignee:me",
        "-assignee:me",
        "assignee:none",
        "assignee:ann@example.com",
        "assignee:me,none state:new",
    ],
    "task": ["assignee:me task:open", "assignee:none task:review"],
    "due": ["task:review due<2026-11-05"],
}
# What no index of pictures holds. To count those in a dataset that is alone, its table is read once from
# end to end, which is the shortest way; of very many pictures the count is given up after a while.
UNHELD = {
    *("text", "name", "keyword", "archived", "meta", "taken", "uploader"),
    *("class", "source", "score"),
}


@pytest.fixture
def many(alice: Person, ann: Person, dataset: Dataset) -> Dataset:
    """A dataset among others of more pictures. Half of ours are Ann's to label, some are Alice's to review."""
    other = make_person("Dora", make_tenant("other"), "owner")
    project = Project.objects.create(tenant=other.tenant, name="Other", created_by=other.user)
    for order in range(2):
        LabelClass.objects.create(project=project, name=f"c{order}", color="#0072b2", order=order)
    seed_many(Dataset.objects.create(tenant=other.tenant, project=project, name="Other"), OTHERS)
    seed_many(dataset, OURS)
    seed_assignments(dataset, ann.user, "label", every=2)
    seed_assignments(dataset, alice.user, "review", every=50)
    settle(vacuum=True)
    return dataset


def plans_of(person: Person, url: str) -> list[str]:
    """How the database would answer each read of pictures that the call makes."""
    with CaptureQueriesContext(connection) as asked:
        answer = person.api.get(url)
    assert answer.status_code == 200, answer.content
    reads = [query["sql"] for query in asked if "datasets_image" in query["sql"]]
    assert reads
    with connection.cursor() as cursor:
        plans = []
        for read in reads:
            cursor.execute(f"EXPLAIN {read}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return plans


def middle(person: Person, dataset: Dataset, sort: str) -> str:
    cursors = person.api.get(f"/api/v1/datasets/{dataset.id}/windows?sort={sort}").json()["cursors"]
    return cursors[len(cursors) // 2]


def pages(person: Person, dataset: Dataset) -> list[str]:
    """Every order from its start and its middle, and every filter in three orders."""
    asked = [{"sort": sort} for sort in TITLES]
    asked += [{"sort": sort, "cursor": middle(person, dataset, sort)} for sort in TITLES]
    lines = [line for known in FILTERS.values() for line in known]
    asked += [{"q": line} for line in lines]
    asked += [{"q": line, "sort": sort} for line in lines if ARCHIVE not in line for sort in BY_BOXES]
    return [f"/api/v1/images?{urlencode({'dataset': dataset.id, **one})}" for one in asked]


def counts(dataset: Dataset, *, besides: set[str]) -> list[str]:
    """Facets and windows of everything and of every filter."""
    ours = f"/api/v1/datasets/{dataset.id}"
    lines = ["", *(line for key, known in FILTERS.items() if key not in besides for line in known)]
    found = [f"{ours}/{door}?{urlencode({'q': line})}" for line in lines for door in ("facets", "windows")]
    return found + [f"{ours}/windows?sort={sort}" for sort in TITLES]


def sequential(person: Person, urls: list[str]) -> list[str]:
    """Calls that read all pictures one by one; their plans are printed."""
    found = []
    for url in urls:
        for plan in plans_of(person, url):
            if SEQUENTIAL in plan:
                found.append(url.partition("?")[2])
                print(url, plan, sep="\n")  # noqa: T201 - shown where the test fails
    return found


def test_every_key_has_a_plan_that_is_looked_at():
    assert FILTERS.keys() == {key.name for key in known_keys()}


def test_no_list_reads_all_pictures(alice: Person, many: Dataset):
    urls = pages(alice, many) + counts(many, besides=set())

    assert sequential(alice, urls) == []


def test_no_list_of_the_only_dataset_reads_all_pictures(alice: Person, dataset: Dataset):
    seed_many(dataset, ALONE)
    settle(vacuum=True)

    urls = pages(alice, dataset) + counts(dataset, besides=UNHELD)

    assert sequential(alice, urls) == []
