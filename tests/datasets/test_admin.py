import pytest

from datasets.models import Dataset
from tests.datasets.pictures import picture, upload


@pytest.fixture
def staff(alice):
    alice.user.is_staff = alice.user.is_superuser = True
    alice.user.save()
    return alice.browser


@pytest.mark.parametrize("model", ["dataset", "image", "blob"])
def test_staff_looks_and_changes_nothing(alice, staff, dataset, model):
    upload(alice, dataset, "a.png", picture())

    listed = staff.get(f"/admin/datasets/{model}/")
    added = staff.get(f"/admin/datasets/{model}/add/")

    assert (listed.status_code, added.status_code) == (200, 403)


def test_staff_can_not_delete_a_dataset_unaudited(staff, dataset):
    shown = staff.get(f"/admin/datasets/dataset/{dataset.pk}/change/")
    deleted = staff.post(f"/admin/datasets/dataset/{dataset.pk}/delete/", {"post": "yes"})

    assert (shown.status_code, deleted.status_code) == (200, 403)
    assert Dataset.objects.filter(pk=dataset.pk).exists()
