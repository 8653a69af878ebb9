"""Lists of very many pictures: PostgreSQL answers them by an index, and never reads all pictures one by one."""

from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotations.models import LabelClass
from datasets.models import Dataset
from modelship.projects.models import Project
from tests.datasets.many_images import seed_many, settle
from tests.people import Person, make_person, make_tenant

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are those of PostgreSQL"),
]
OURS, OTHERS = 30_000, 70_000
LISTS = (
    {},
    {"sort": "-order"},
    {"sort": "newest"},
    {"sort": "name"},
    {"sort": "-pixels"},
    {"sort": "sharpness"},
    {"state": "new"},
    {"split": "test"},
    {"q": "state:approved split:test"},
    {"q": "quay_21999"},
    {"q": "class:crane"},
    {"q": "class:none state:new"},
    {"q": "score<0.1"},
    {"q": "duplicate:true"},
    {"archived": "true"},
)


@pytest.fixture
def many(alice: Person, dataset: Dataset) -> Dataset:
    """A dataset among others of more pictures."""
    other = make_person("Dora", make_tenant("other"), "owner")
    project = Project.objects.create(tenant=other.tenant, name="Other", created_by=other.user)
    for order in range(2):
        LabelClass.objects.create(project=project, name=f"c{order}", color="#0072b2", order=order)
    seed_many(Dataset.objects.create(tenant=other.tenant, project=project, name="Other"), OTHERS)
    seed_many(dataset, OURS)
    settle(vacuum=False)
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


def test_no_list_reads_all_pictures(alice: Person, many: Dataset):
    ours, images = f"/api/v1/datasets/{many.id}", "/api/v1/images"
    cursors = alice.api.get(f"{ours}/windows").json()["cursors"]
    urls = [f"{images}?{urlencode({'dataset': many.id, **asked})}" for asked in LISTS]
    urls.append(f"{images}?{urlencode({'dataset': many.id, 'cursor': cursors[len(cursors) // 2]})}")
    for asked in LISTS:
        rest = {name: value for name, value in asked.items() if name != "sort"}
        urls += [f"{ours}/facets?{urlencode(rest)}", f"{ours}/windows?{urlencode(asked)}"]

    sequential = [
        (url.removeprefix("/api/v1/"), plan)
        for url in urls
        for plan in plans_of(alice, url)
        if "Seq Scan on datasets_image" in plan
    ]

    assert sequential == []
