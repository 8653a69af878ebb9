"""Counts of very many pictures: what is too much to count is estimated, and told as that."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection

from annotations import search_queries as boxes
from datasets import search_queries
from datasets.models import Dataset, Image
from datasets.search import facets, sample
from datasets.search.sample import Sample, rounded
from datasets.search.terms import Search
from tests.datasets.many_images import seed_assignments, seed_many, settle
from tests.people import Person

pytestmark = pytest.mark.django_db
MANY = 30_000


@pytest.fixture
def many(ann: Person, dataset: Dataset) -> Dataset:
    seed_many(dataset, MANY)
    seed_assignments(dataset, ann.user, "label", every=2)
    settle(vacuum=False)
    dataset.refresh_from_db()
    return dataset


def asked(person: Person, dataset: Dataset, line: str = "") -> dict[str, Any]:
    answer = person.api.get(f"/api/v1/datasets/{dataset.id}/facets?{urlencode({'q': line})}")
    assert answer.status_code == 200
    return answer.json()


def named(answer: dict[str, Any], facet: str) -> dict[str, int | None]:
    return {one["name"]: one["count"] for one in answer["facets"][facet]}


def share(number: int | None) -> float:
    assert number is not None
    return number / MANY


def test_of_many_pictures_classes_and_people_are_estimated(alice: Person, many: Dataset):
    answer = asked(alice, many)

    kept = Image.objects.kept().filter(dataset=many)
    assert (answer["total"], answer["estimated"]) == (kept.count(), ["class", "assignee"])
    boats = kept.exclude(state="new").count()
    # Five standard errors of half of them.
    assert share(named(answer, "class")["boat"]) == pytest.approx(boats / MANY, abs=0.06)
    theirs = kept.filter(assignments__isnull=False).count()
    assert share(named(answer, "assignee")["Ann"]) == pytest.approx(theirs / MANY, abs=0.06)
    assert share(named(answer, "assignee")["Nobody"]) == pytest.approx(
        (kept.count() - theirs) / MANY, abs=0.06
    )
    # One in a thousand is too few of a sample to tell, but for one draw in twenty thousand.
    assert (named(answer, "class")["crane"] or 0) < 300
    assert named(answer, "assignee")["Alice"] is None
    assert asked(alice, many) == answer


def test_up_to_so_many_pictures_all_is_counted(alice: Person, many: Dataset):
    answer = asked(alice, many, "state:proposed,approved")

    kept = Image.objects.kept().filter(dataset=many, state__in=["proposed", "approved"])
    assert (answer["total"], answer["estimated"]) == (kept.count(), [])
    assert named(answer, "class")["boat"] == kept.count() <= boxes.COUNTED


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL gives a count up")
@pytest.mark.parametrize("line", ["duplicate:true", "assignee:ann", "class:boat split:train,val"])
def test_a_count_that_takes_too_long_becomes_an_estimate(
    line: str, alice: Person, many: Dataset, monkeypatch: pytest.MonkeyPatch
):
    exact = asked(alice, many, line)
    assert "total" not in exact["estimated"]
    monkeypatch.setattr(search_queries, "ALWAYS_COUNTED", 0)
    monkeypatch.setattr(search_queries, "PATIENCE_MS", 1)
    monkeypatch.setattr(facets, "LEAST_MS", 1)

    answer = asked(alice, many, line)

    assert answer["estimated"] == ["total", "state", "split", "class", "assignee"]
    assert share(answer["total"]) == pytest.approx(share(exact["total"]), abs=0.06)
    for facet in ("state", "split"):
        for name, number in exact["facets"][facet].items():
            found = answer["facets"][facet][name]
            assert found is None or share(found) == pytest.approx(share(number), abs=0.06)
    assert asked(alice, many)["estimated"] == ["class", "assignee"]


def drawn_of(dataset: Dataset) -> list[int]:
    found = [uid for uid, *_ in Sample(dataset).matching(Search())]
    return sorted(Image.objects.filter(pk__in=found).values_list("ordinal", flat=True))


def test_a_sample_is_one_picture_of_every_stretch(dataset: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sample, "SIZE", 10)
    seed_many(dataset, 1_000)
    dataset.refresh_from_db()

    drawn = drawn_of(dataset)

    # Every hundredth is archived.
    assert [(number - 1) // 100 for number in drawn] == [
        stretch for stretch in range(10) if stretch in {(number - 1) // 100 for number in drawn}
    ]
    assert len(drawn) >= 7
    assert drawn_of(dataset) == drawn


def test_a_sample_of_few_pictures_is_all_of_them(dataset: Dataset):
    assert Sample(dataset).matching(Search()) == []
    seed_many(dataset, 300)
    dataset.refresh_from_db()

    found = Sample(dataset)

    assert len(found.matching(Search())) == 297
    assert [found.scaled(hits) for hits in (0, 9, 10, 48, 297)] == [None, None, 10, 50, 300]


def test_an_estimate_says_no_more_than_it_knows(dataset: Dataset):
    dataset.next_ordinal = 1_000_001

    assert [Sample(dataset).scaled(hits) for hits in (10, 77, 100, 974)] == [5_000, 40_000, 50_000, 490_000]
    assert [rounded(number) for number in (0, 7, 1_949, 987_654)] == [0, 7, 1_900, 990_000]
