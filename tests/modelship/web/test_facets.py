"""The choices beside the gallery: what they count, where they lead, which views are offered."""

from urllib.parse import parse_qs

import pytest

from annotations import search_queries
from datasets.actions.views import save_view
from datasets.models import Dataset, Image
from tests.datasets.many_images import seed_many
from tests.datasets.seeded import seed_images
from tests.people import Person

pytestmark = pytest.mark.django_db


def shown(person: Person, dataset: Dataset, query: str = "") -> dict:
    return person.browser.get(f"/datasets/{dataset.id}/{query}").context


def line_of(href: str) -> str:
    return parse_qs(href.removeprefix("?")).get("q", [""])[0]


@pytest.fixture
def images(dataset: Dataset) -> list[Image]:
    return seed_images(
        dataset, {"split": "train"}, {"state": "labeled", "split": "val"}, {"state": "labeled"}
    )


@pytest.mark.usefixtures("images")
def test_a_choice_keeps_the_rest_of_the_search(alice: Person, dataset: Dataset):
    states, splits = shown(alice, dataset, "?q=png+state:labeled&sort=-name")["facets"]

    assert [(one["label"], one["count"], one["is_on"]) for one in states["options"]] == [
        ("All", 3, False),
        ("New", 1, False),
        ("Labelled", 2, True),
    ]
    assert [(one["label"], one["count"]) for one in splits["options"]] == [
        ("All", 2),
        ("Validation", 1),
        ("No split", 1),
    ]
    assert line_of(splits["options"][1]["href"]) == "png state:labeled split:val"
    assert line_of(states["options"][0]["href"]) == "png"
    assert "sort=-name" in states["options"][0]["href"]


def test_an_estimate_is_told_as_one(alice: Person, dataset: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search_queries, "COUNTED", 1)
    seed_many(dataset, 300)

    answer = alice.browser.get(f"/datasets/{dataset.id}/")

    facets = {facet["key"]: facet for facet in answer.context["facets"]}
    assert [key for key in ("state", "split", "class") if facets[key]["is_estimate"]] == ["class"]
    # Whether any picture shows a crane is more than the sample tells, so it can be chosen all the same.
    assert [(one["label"], one["count"]) for one in facets["class"]["options"]] == [
        ("All", None),
        ("boat", 120),
        ("crane", None),
    ]
    page = answer.content.decode()
    assert ' title="Estimated from a sample">≈120</span>' in page
    assert page.count("≈") == 1


@pytest.mark.usefixtures("images")
def test_what_cannot_be_read_shows_everything_and_says_why(alice: Person, dataset: Dataset):
    context = shown(alice, dataset, "?q=stae:new&sort=sideways")

    assert len(context["images"]) == 3
    assert "Did you mean 'state'?" in context["asked"].problem
    assert (context["asked"].sort, context["may_save"]) == ("order", False)


@pytest.mark.usefixtures("images")
def test_views_are_offered_to_who_may_see_them(alice: Person, vic: Person, dataset: Dataset):
    for name, line, is_shared in (("Mine", "state:new", False), ("Ours", "state:labeled", True)):
        save_view(alice.actor, dataset, name=name, q=line, sort="order", is_shared=is_shared)

    hers, his = (
        shown(alice, dataset, "?q=state:new")["views"],
        shown(vic, dataset, "?q=state:labeled")["views"],
    )

    assert [(one["name"], one["is_on"], one["may_go"]) for one in hers] == [
        ("Mine", True, True),
        ("Ours", False, True),
    ]
    assert [(one["name"], one["is_on"], one["may_go"]) for one in his] == [("Ours", True, False)]
