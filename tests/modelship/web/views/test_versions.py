import pytest

from annotations.actions.freeze import freeze_dataset
from datasets.actions.images import delete_image
from datasets.models import Dataset, DatasetVersion, Image
from tests.modelship.web.pages import Page
from tests.people import Person

pytestmark = pytest.mark.django_db


def url(dataset: Dataset) -> str:
    return f"/datasets/{dataset.id}/versions/"


def test_a_version_is_made_and_listed(alice: Person, dataset: Dataset, images: list[Image]):
    browser = alice.browser

    answer = browser.post(url(dataset), {"message": "Before the storm."})

    page = Page(browser.get(answer.url))
    assert answer.url == url(dataset)
    assert "Version 1 is made." in page.text
    assert "Before the storm." in page.text
    (row,) = browser.get(url(dataset)).context["rows"]
    assert (row["number"], row["version"].image_count, row["version"].box_count) == (1, 3, 7)


def test_the_page_says_that_nothing_changed(alice: Person, dataset: Dataset, images: list[Image]):
    browser = alice.browser
    browser.post(url(dataset), {"message": ""})

    answer = browser.post(url(dataset), {"message": "Again."}, follow=True)

    assert "Nothing changed since version 1" in Page(answer).text
    assert DatasetVersion.objects.count() == 1


def test_too_long_a_message_makes_no_version(alice: Person, dataset: Dataset):
    answer = alice.browser.post(url(dataset), {"message": "x" * 501})

    assert answer.status_code == 422
    assert "at most 500 characters" in Page(answer).text
    assert not DatasetVersion.objects.exists()


def test_only_managers_are_offered_versions_and_make_them(
    ann: Person, vic: Person, alice: Person, dataset: Dataset, images: list[Image]
):
    freeze_dataset(alice.actor, dataset)

    for person, may_export in ((ann, True), (vic, False)):
        page = Page(person.browser.get(url(dataset)))
        assert "Create version" not in page.text
        assert ("Export" in page.text) is may_export
        assert person.browser.post(url(dataset), {"message": ""}).status_code == 403
    assert DatasetVersion.objects.count() == 1


def test_deleted_pictures_are_counted(alice: Person, dataset: Dataset, images: list[Image]):
    freeze_dataset(alice.actor, dataset)
    delete_image(alice.actor, images[0])

    assert "1 deleted since" in Page(alice.browser.get(url(dataset))).text


def test_older_versions_are_on_the_next_page(alice: Person, dataset: Dataset, images: list[Image]):
    for number in range(3):
        Image.objects.filter(id=images[0].id).update(filename=f"{number}.png")
        freeze_dataset(alice.actor, dataset)

    first = alice.browser.get(url(dataset), {"limit": "2"})
    second = alice.browser.get(first.context["next"])

    assert [row["number"] for row in first.context["rows"]] == [3, 2]
    assert [row["number"] for row in second.context["rows"]] == [1]


def test_the_export_form_offers_the_versions(alice: Person, dataset: Dataset, images: list[Image]):
    without = Page(alice.browser.get(f"/datasets/{dataset.id}/"))
    freeze_dataset(alice.actor, dataset, "Before the storm.")

    page = Page(alice.browser.get(f"/datasets/{dataset.id}/"))

    assert "As it is now" not in without.text
    assert "As it is now" in page.text
    assert "Version 1: Before the storm." in page.text


def test_a_table_has_no_such_page(alice: Person, dataset: Dataset):
    table = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Rows", kind="table")

    assert alice.browser.get(url(table)).status_code == 422
    assert url(table) not in Page(alice.browser.get(f"/datasets/{table.id}/")).links
