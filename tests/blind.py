"""Bob's own copy of a dataset, with one of each thing in it, for tests that nobody else of the project gets at it."""

from typing import Any
from uuid import uuid4

from annotations.models import LabelClass
from datasets.models import Dataset, Image
from inference.models import DetectorModel, LanguageEndpoint
from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.people import Person

# Parameters of routes that lead to what is in the copy.
OWN = {
    *(
        "dataset_id",
        "image_id",
        "job_id",
        "export_id",
        "upload_id",
        "training_id",
        "evaluation_id",
        "source_id",
    ),
    *(
        "view_id",
        "assignment_id",
        "notice_id",
        "thread_id",
        "comment_id",
        "text_id",
        "import_id",
        "round_id",
        "session_id",
    ),
}


def keep_for(bob: Person, world: dict[str, Any], secret: str) -> str:
    """Make the world's dataset Bob's own, with his answer on the picture; returns the id of his box.

    What the whole project has is no secret.
    """
    dataset = Dataset.objects.get(pk=world["dataset_id"])
    Project.objects.filter(pk=dataset.project_id).update(name="Harbour")
    DetectorModel.objects.update(name="Finder")
    LanguageEndpoint.objects.update(name="Words", model="words")
    Dataset.objects.filter(pk=dataset.pk).update(audience="person", kept_for=bob.user, name=secret)
    Job.objects.filter(pk=world["job_id"]).update(args={"dataset": str(dataset.pk)})
    box_id = str(uuid4())
    label = LabelClass.objects.filter(project=dataset.project_id).first()
    assert label is not None
    patch = {
        **{"class_id": str(label.pk), "x": 1, "y": 2, "w": 3, "h": 4},
        "attributes": {"note": f"{secret} drawn"},
    }
    edit = {"op_id": str(uuid4()), "kind": "add", "box_id": box_id, "patch": patch}
    answer = bob.api.post(
        f"/api/v1/images/{world['image_id']}/edits", {"edits": [edit]}, content_type="application/json"
    )
    assert answer.json()["dropped"] == [], answer.content
    assert Image.objects.get(pk=world["image_id"]).box_count == 1
    return box_id
