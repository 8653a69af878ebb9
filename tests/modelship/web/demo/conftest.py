import pytest
from django.test import override_settings

from datasets.actions.ingest import ingest_image
from datasets.models import Dataset, Image
from modelship.web.demo.project import SEED, Demo, make_demo
from tests.inference.installed import drawn
from tests.people import Person


@pytest.fixture
def places(tmp_path):
    """Bytes and copies of models in folders of the test's own."""
    storages = {
        "default": {"BACKEND": "datasets.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "media"}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages, MODELSHIP_MODEL_CACHE=tmp_path / "cache"):
        yield tmp_path


@pytest.fixture
def few():
    """Two small pictures instead of a dozen."""
    with override_settings(MODELSHIP_DEMO_PICTURES=2):
        yield


@pytest.fixture
def demo(alice: Person, few: None, places) -> Demo:
    """The sample project as it is before a worker has touched it."""
    return make_demo(alice.actor)


def fill(person: Person, dataset: Dataset, *proposed: int) -> list[Image]:
    """Sample pictures that say they have so many proposals, without drawing or looking at any."""
    for number, count in enumerate(proposed):
        verdict = ingest_image(
            dataset, f"harbour-{number:02}.png", drawn(number), actor=person.actor, metadata={SEED: number}
        )
        assert verdict.image is not None
        Image.objects.filter(pk=verdict.image.pk).update(
            proposed_count=count, box_count=count, state="proposed" if count else "new"
        )
    return list(Image.objects.filter(dataset=dataset).order_by("ordinal"))
