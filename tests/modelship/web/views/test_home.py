import pytest

from datasets.models import Dataset, Image
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.modelship.web.pages import Page
from tests.people import Person


@pytest.mark.django_db
def test_a_newcomer_sees_the_first_steps(alice: Person, vic: Person):
    page, looking = Page(alice.browser.get("/")), Page(vic.browser.get("/"))

    assert "From pictures to training data" in page.text
    assert "/projects/new/" in page.links
    assert "/projects/new/" not in looking.links


@pytest.mark.django_db
def test_one_goes_on_with_the_dataset_looked_at_last(alice: Person, dataset: Dataset, images: list[Image]):
    newer = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Newer")
    Image.objects.filter(id=images[2].id).update(dataset=newer, state="new")
    browser = alice.browser

    before = browser.get("/").context["resume"]
    browser.get(f"/datasets/{dataset.id}/")
    after = browser.get("/").context["resume"]

    assert before["dataset"] == newer
    assert (after["dataset"], after["left"], after["total"]) == (dataset, 2, 2)
    assert after["href"] == f"/images/{images[0].id}/"


@pytest.mark.django_db
def test_what_waits_for_a_person_is_listed(alice: Person, ann: Person, dataset: Dataset, images: list[Image]):
    Image.objects.filter(id=images[0].id).update(state="changes_requested")
    Image.objects.filter(id=images[2].id).update(state="submitted")
    Job.objects.create(
        tenant=alice.tenant,
        kind="label",
        title="x",
        state="failed",
        error={"detail": "No."},
        finished_at=now(),
    )

    def needs(person: Person) -> list[str]:
        return [need["text"] for need in person.browser.get("/").context["needs"]]

    assert needs(alice) == [
        "1 job failed",
        "1 to change in North quay",
        "1 to review in North quay",
        "1 with proposals in North quay",
    ]
    assert "1 to review in North quay" not in needs(ann)


@pytest.mark.django_db
def test_finished_work_leaves_nothing_to_resume(alice: Person, dataset: Dataset, images: list[Image]):
    Image.objects.filter(dataset=dataset).update(state="approved")

    context = alice.browser.get("/").context

    assert context["resume"] is None
    assert context["needs"] == []


@pytest.mark.django_db
def test_strangers_count_nothing_of_ours(charlie: Person, project: Project, images: list[Image]):
    context = charlie.browser.get("/").context

    assert context["projects"] == []
    assert context["resume"] is None
