"""What holds for each shared page: who may see it, and that it is clean."""

import pytest
from django.test import Client

from datasets.models import Dataset, Image
from modelship.projects.models import Project
from tests.modelship.web.pages import Page
from tests.people import Person

LISTS = [
    "/",
    "/projects/",
    "/projects/new/",
    "/settings/members/",
    "/settings/language/",
    "/settings/api-keys/",
]
OF_A_PROJECT = ["", "analytics/", "people-quality/", "edit/", "classes/", "datasets/new/"]
OF_A_DATASET = [
    "sessions/",
    "texts/",
    "",
    "edit/",
    "versions/",
    "clean/",
    "archive/",
    "agreement/",
    "sources/",
    "sources/new/s3/",
    "?state=proposed",
    "?q=quay",
    "?q=nothing",
]
ENTRANCE = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
]
ACCOUNT = ["/accounts/password/change/", "/accounts/logout/"]


@pytest.fixture
def paths(project: Project, dataset: Dataset, images: list[Image]) -> list[str]:
    of_project = [f"/projects/{project.id}/{rest}" for rest in OF_A_PROJECT]
    return [*LISTS, *of_project, *(f"/datasets/{dataset.id}/{rest}" for rest in OF_A_DATASET)]


def clean(page: Page) -> bool:
    return (
        page.inline == [] and page.unclosed == [] and page.open == [] and len(page.ids) == len(set(page.ids))
    )


@pytest.mark.django_db
def test_alice_sees_every_page_and_no_page_has_inline_code(paths: list[str], alice: Person):
    for path in [*paths, *ACCOUNT]:
        answer = alice.browser.get(path)
        page = Page(answer)

        assert answer.status_code == 200, path
        assert clean(page), f"{path}: {page.inline} {page.unclosed} {page.open}"


@pytest.mark.django_db
def test_who_is_not_signed_in_is_sent_to_the_entrance_and_back(paths: list[str]):
    for path in paths:
        answer = Client().get(path)

        assert answer.status_code == 302, path
        assert answer.url.startswith("/accounts/login/?next=/"), path


@pytest.mark.django_db
def test_a_stranger_finds_nothing_at_our_addresses(paths: list[str], charlie: Person):
    for path in paths:
        if path in LISTS:
            continue
        answer = charlie.browser.get(path)

        assert answer.status_code == 404, path
        assert "quay" not in Page(answer).text
        assert clean(Page(answer)), path


@pytest.mark.django_db
def test_the_entrance_is_open_and_clean():
    for path in ENTRANCE:
        answer = Client().get(path)

        assert answer.status_code == 200, path
        assert clean(Page(answer)), path


@pytest.mark.django_db
def test_nobody_signs_up_alone():
    answer = Client().get("/accounts/signup/")

    assert "Sign-up is closed" in answer.content.decode()
    assert "password" not in Page(answer).values


@pytest.mark.django_db
def test_a_viewer_is_offered_nothing_that_would_be_refused(
    vic: Person, project: Project, dataset: Dataset, images: list[Image]
):
    page = Page(vic.browser.get(f"/datasets/{dataset.id}/"))
    overview = Page(vic.browser.get(f"/projects/{project.id}/"))

    assert "Choose files" not in page.text
    assert "Auto-label" not in page.text
    assert f"/datasets/{dataset.id}/edit/" not in page.links
    assert f"/projects/{project.id}/classes/" not in overview.links
    assert vic.browser.get(f"/projects/{project.id}/classes/").status_code == 403


@pytest.mark.django_db
def test_an_address_that_never_existed_is_a_page_too(alice: Person):
    answer = alice.browser.get("/nowhere/")

    assert answer.status_code == 404
    assert "There is nothing here" in Page(answer).text
    assert clean(Page(answer))
