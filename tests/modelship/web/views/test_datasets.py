from uuid import uuid4

import pytest

from annotations.models import Export
from datasets.models import Dataset, Image
from inference.models import DetectorModel
from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.projects.models import Project
from tests.modelship.web.pages import Page
from tests.people import Person


def job(dataset: Dataset, state: str, **fields: object) -> Job:
    if state == "running":
        fields |= {"lease_token": uuid4(), "lease_until": now(), "started_at": now()}
    args = {"dataset": str(dataset.id)}
    return Job.objects.create(
        tenant=dataset.tenant,
        project=dataset.project,
        kind="label",
        title=state,
        state=state,
        args=args,
        **fields,
    )


@pytest.mark.django_db
def test_a_dataset_is_made_and_opens_for_uploads(alice: Person, project: Project):
    answer = alice.browser.post(f"/projects/{project.id}/datasets/new/", {"name": "East", "description": ""})

    dataset = Dataset.objects.get()
    assert answer.url == f"/datasets/{dataset.id}/"
    assert (dataset.name, dataset.project) == ("East", project)
    assert "Choose a folder" in Page(alice.browser.get(answer.url)).text


@pytest.mark.django_db
def test_a_taken_name_makes_no_second_dataset(alice: Person, dataset: Dataset):
    url = f"/projects/{dataset.project_id}/datasets/new/"

    answer = alice.browser.post(url, {"name": dataset.name})

    assert answer.status_code == 422
    assert "Choose another name." in Page(answer).text
    assert Dataset.objects.count() == 1


@pytest.mark.django_db
def test_only_managers_make_change_and_delete_datasets(ann: Person, dataset: Dataset):
    assert ann.browser.post(f"/projects/{dataset.project_id}/datasets/new/", {"name": "x"}).status_code == 403
    assert ann.browser.post(f"/datasets/{dataset.id}/edit/", {"name": "x"}).status_code == 403
    assert ann.browser.post(f"/datasets/{dataset.id}/delete/", {"name": dataset.name}).status_code == 403
    assert list(Dataset.objects.values_list("name", flat=True)) == ["North quay"]


@pytest.mark.django_db
def test_a_dataset_is_renamed_and_deleted_by_its_name(alice: Person, dataset: Dataset):
    alice.browser.post(f"/datasets/{dataset.id}/edit/", {"name": "South", "description": "New."})
    dataset.refresh_from_db()
    wrong = alice.browser.post(f"/datasets/{dataset.id}/delete/", {"name": "North quay"})
    right = alice.browser.post(f"/datasets/{dataset.id}/delete/", {"name": "South"})

    assert (dataset.name, dataset.description) == ("South", "New.")
    assert wrong.status_code == 400
    assert right.url == f"/projects/{dataset.project_id}/"
    assert not Dataset.objects.exists()


@pytest.mark.django_db
def test_the_edit_page_turns_automatic_versions_off_and_on(alice: Person, dataset: Dataset):
    page = Page(alice.browser.get(f"/datasets/{dataset.id}/edit/"))
    said = []
    for chosen in ({}, {"automatic_versions": "on"}):
        alice.browser.post(f"/datasets/{dataset.id}/edit/", {"name": "North quay", **chosen})
        dataset.refresh_from_db()
        said.append(dataset.automatic_versions)

    assert "Keep versions by itself" in page.text
    assert said == [False, True]


@pytest.mark.django_db
def test_the_gallery_filters_by_state_and_name(alice: Person, dataset: Dataset, images: list[Image]):
    def shown(query: str) -> list[str]:
        context = alice.browser.get(f"/datasets/{dataset.id}/{query}").context
        return [image["filename"] for image in context["images"]]

    assert shown("") == ["quay-0.png", "quay-1.png", "quay-2.png"]
    assert shown("?state=proposed") == ["quay-1.png"]
    assert shown("?q=QUAY-2") == ["quay-2.png"]
    assert shown("?state=new&q=quay-2") == []
    assert shown("?state=nonsense") == ["quay-0.png", "quay-1.png", "quay-2.png"]


@pytest.mark.django_db
def test_the_gallery_goes_on_where_the_last_page_ended(alice: Person, dataset: Dataset, images: list[Image]):
    first = alice.browser.get(f"/datasets/{dataset.id}/", {"limit": "2"})
    second = alice.browser.get(first.context["next"])

    assert [image["filename"] for image in first.context["images"]] == ["quay-0.png", "quay-1.png"]
    assert [image["filename"] for image in second.context["images"]] == ["quay-2.png"]
    assert second.context["next"] is None


@pytest.mark.django_db
def test_labelling_starts_at_the_first_open_picture(alice: Person, dataset: Dataset, images: list[Image]):
    def start() -> str:
        return alice.browser.get(f"/datasets/{dataset.id}/").context["label_url"]

    at_first = start()
    Image.objects.filter(id=images[0].id).update(state="approved")
    then = start()
    Image.objects.filter(dataset=dataset).update(state="approved")

    assert at_first == f"/images/{images[0].id}/"
    assert then == f"/images/{images[1].id}/"
    assert start() == f"/images/{images[0].id}/"


@pytest.mark.django_db
def test_jobs_and_exports_of_this_dataset_are_listed(alice: Person, dataset: Dataset, images: list[Image]):
    other = Dataset.objects.create(tenant=alice.tenant, project=dataset.project, name="Other")
    running, failed = (
        job(dataset, "running", done=1, total=3),
        job(dataset, "failed", error={"detail": "No."}),
    )
    job(other, "running")
    work = job(dataset, "running")
    Export.objects.create(
        tenant=alice.tenant,
        project=dataset.project,
        dataset=dataset,
        format="coco",
        job=work,
        created_by=alice.user,
    )

    context = alice.browser.get(f"/datasets/{dataset.id}/").context

    assert [shown["id"] for shown in context["jobs"]] == [str(running.id), str(failed.id)]
    assert [(shown["words"], shown["href"]) for shown in context["exports"]] == [("COCO", "")]


@pytest.mark.django_db
def test_what_is_ready_says_what_came_of_it(alice: Person, dataset: Dataset, images: list[Image]):
    job(dataset, "succeeded", result={"images": 3, "boxes": 1200, "failed_count": 0, "failed": []})
    export = Export.objects.create(
        tenant=alice.tenant,
        project=dataset.project,
        dataset=dataset,
        format="yolo",
        filename="quay.zip",
        blob=images[0].blob,
        created_by=alice.user,
    )

    page = Page(alice.browser.get(f"/datasets/{dataset.id}/"))

    assert "3 images, 1,200 boxes" in page.text
    assert "quay.zip" in page.text
    assert f"/api/v1/exports/{export.id}/download" in page.links


@pytest.mark.django_db
def test_only_own_and_shared_active_models_are_offered(alice: Person, charlie: Person, dataset: Dataset):
    def model(name: str, **fields: object) -> None:
        DetectorModel.objects.create(
            name=name, head="yolox", input_width=416, input_height=416, sha256=name, size=1, **fields
        )

    model("own", tenant=alice.tenant)
    model("reads faces", tenant=alice.tenant, task="embed")
    model("shared")
    model("foreign", tenant=charlie.tenant)
    model("archived", state="archived")

    context = alice.browser.get(f"/datasets/{dataset.id}/").context

    assert [found.name for found in context["models"]] == ["own", "shared"]
