"""`manage.py demo` and the first start: a finished sample without a worker, or a job for one."""

import io

import pytest
from django.core.management import CommandError, call_command

from datasets.models import Image
from inference.models import ImageRun
from modelship.jobs.models import Job
from modelship.projects.models import Project
from tests.modelship.web.demo.conftest import few, places  # noqa: F401
from tests.people import Person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("places", "few")]


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_it_queues_the_drawing_and_ends(alice: Person):
    assert "Made the project 'Demo: the harbour'." in said("--tenant", "acme")
    assert "Found the project 'Demo: the harbour'." in said()

    assert Project.objects.get().tenant == alice.tenant
    assert Job.objects.get().state == "queued"


def test_with_wait_it_is_the_worker(alice: Person):
    assert said("--wait").endswith("It has 2 pictures.\n")

    assert set(Job.objects.values_list("kind", "state")) == {
        ("demo", "succeeded"),
        ("autolabel", "succeeded"),
    }
    assert Image.objects.count() == ImageRun.objects.count() == 2


def test_with_wait_a_failure_is_told(alice: Person, monkeypatch: pytest.MonkeyPatch):
    def broken(view):
        raise ValueError("no paint")

    monkeypatch.setattr("modelship.web.jobs.draw", broken)
    monkeypatch.setattr("modelship.jobs.lease.pause_after", lambda attempts: 0)

    with pytest.raises(CommandError, match="Draw the harbour: ModelShip made a mistake"):
        said("--wait")

    assert not Image.objects.exists()


@pytest.mark.usefixtures("alice")
def test_a_tenant_that_is_not_there_is_told():
    with pytest.raises(CommandError, match="No such tenant has an owner"):
        said("--tenant", "nowhere")

    assert not Project.objects.exists()
