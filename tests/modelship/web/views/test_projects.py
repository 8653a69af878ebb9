import pytest

from annotations.models import LabelClass
from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.projects.models import Project
from tests.modelship.web.pages import Page
from tests.people import Person

ROWS = {
    "class_id": ["", "", ""],
    "class_name": ["boat", " crane ", ""],
    "class_color": ["#e69f00", "#56B4E9", "#009e73"],
    "class_hotkey": ["1", "", "3"],
}


@pytest.mark.django_db
def test_one_form_makes_a_project_with_its_classes(alice: Person):
    answer = alice.browser.post("/projects/new/", {"name": "Harbour", "description": "Quays.", **ROWS})

    project = Project.objects.get()
    assert answer.url == f"/projects/{project.id}/"
    assert (project.name, project.description, project.tenant) == ("Harbour", "Quays.", alice.tenant)
    assert list(LabelClass.objects.values_list("name", "color", "hotkey", "order")) == [
        ("boat", "#e69f00", "1", 0),
        ("crane", "#56b4e9", "", 1),
    ]


@pytest.mark.django_db
def test_a_wrong_row_saves_nothing_and_says_why_beside_it(alice: Person):
    rows = {**ROWS, "class_name": ["boat", "boat", ""]}

    answer = alice.browser.post("/projects/new/", {"name": "Harbour", "description": "", **rows})

    assert answer.status_code == 422
    assert "Another class has this name. Choose a different one." in Page(answer).text
    assert not Project.objects.exists()
    assert not LabelClass.objects.exists()


@pytest.mark.django_db
def test_a_taken_name_is_said_at_the_field(alice: Person, project: Project):
    answer = alice.browser.post("/projects/new/", {"name": "Harbour", "description": ""})

    assert answer.status_code == 422
    assert "There is a project named 'Harbour' already. Choose another name." in Page(answer).text
    assert Project.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["bob", "ann", "vic"])
def test_only_managers_make_projects(person: str, request: pytest.FixtureRequest):
    somebody = request.getfixturevalue(person)

    assert somebody.browser.get("/projects/new/").status_code == 403
    assert somebody.browser.post("/projects/new/", {"name": "Mine"}).status_code == 403
    assert not Project.objects.exists()


@pytest.mark.django_db
def test_the_list_counts_and_searches(alice: Person, project: Project, images: list[Image]):
    Project.objects.create(tenant=alice.tenant, name="Empty")

    page = alice.browser.get("/projects/", {"q": "harb"})

    rows = page.context["projects"]
    assert [
        (row["name"], row["datasets"], row["images"], row["labeled"], row["approved"]) for row in rows
    ] == [("Harbour", 1, 3, 1, 1)]


@pytest.mark.django_db
def test_a_project_shows_its_totals_classes_and_covers(
    alice: Person, project: Project, dataset: Dataset, images: list[Image]
):
    context = alice.browser.get(f"/projects/{project.id}/").context

    totals, (card,) = context["totals"], context["datasets"]
    assert (totals.images, totals.labeled, totals.approved, totals.boxes, totals.proposed) == (3, 1, 1, 7, 5)
    assert card["covers"] == [f"/api/v1/images/{image.id}/thumbnail" for image in images]
    assert [(label["name"], label["boxes"]) for label in context["classes"]] == [("boat", 0), ("crane", 0)]


@pytest.mark.django_db
def test_a_project_is_renamed(alice: Person, project: Project):
    answer = alice.browser.post(f"/projects/{project.id}/edit/", {"name": "Port", "description": "New."})

    project.refresh_from_db()
    assert answer.url == f"/projects/{project.id}/"
    assert (project.name, project.description) == ("Port", "New.")
    assert AuditEntry.objects.filter(verb="project.changed").count() == 1


@pytest.mark.django_db
def test_a_project_goes_only_with_its_name_typed_by_an_owner(alice: Person, bob: Person, project: Project):
    url = f"/projects/{project.id}/delete/"

    assert bob.browser.post(url, {"name": "Harbour"}).status_code == 403
    assert alice.browser.post(url, {"name": "harbour"}).status_code == 400
    assert Project.objects.filter(id=project.id).exists()
    assert alice.browser.post(url, {"name": "Harbour"}).url == "/projects/"
    assert not Project.objects.filter(id=project.id).exists()
