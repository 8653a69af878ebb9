"""Pictures without bytes: the write path asks for their size alone."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from annotations.models import LabelClass
from datasets.models import Blob, Dataset, Image
from modelship.accounts.actors import Actor
from tests.people import Person

MakePicture = Callable[..., Image]


@pytest.fixture
def make_picture(dataset: Dataset) -> MakePicture:
    def make(into: Dataset = dataset, width: int = 200, height: int = 100) -> Image:
        number = Image.objects.filter(dataset=into).count() + 1
        blob = Blob.objects.create(
            tenant=into.tenant, sha256=uuid4().hex * 2, size=1, content_type="image/png"
        )
        return Image.objects.create(
            tenant=into.tenant,
            dataset=into,
            blob=blob,
            filename=f"{number}.png",
            width=width,
            height=height,
            format="PNG",
            ordinal=number,
        )

    return make


@pytest.fixture
def picture(make_picture: MakePicture) -> Image:
    return make_picture()


@pytest.fixture
def boat(picture: Image) -> LabelClass:
    return LabelClass.objects.get(project=picture.dataset.project, name="boat")


@pytest.fixture
def crane(picture: Image) -> LabelClass:
    return LabelClass.objects.get(project=picture.dataset.project, name="crane")


@pytest.fixture
def robot(alice: Person) -> Actor:
    return Actor.machine(alice.tenant, uuid4(), "yolox_nano", user=alice.user)
