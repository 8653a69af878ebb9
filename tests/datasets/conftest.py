"""Every test keeps its bytes in a folder of its own, or in a bucket of a real S3 server."""

from collections.abc import Iterator

import boto3
import pytest
from django.test import override_settings

from tests.datasets.sources.servers.s3 import serving_s3
from tests.datasets.stores import BUCKET, KEY, REGION, SECRET


@pytest.fixture(autouse=True)
def media(tmp_path):
    """Every test keeps its bytes in a folder of its own."""
    storages = {
        "default": {"BACKEND": "datasets.storage.LocalStorage", "OPTIONS": {"location": tmp_path / "media"}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages):
        yield tmp_path / "media"


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """The address of an S3 server that runs for the module."""
    with serving_s3() as served:
        yield served.url


@pytest.fixture
def bucket(store: str, media: object) -> Iterator[object]:
    """The configured storage, empty."""
    resource = boto3.resource(
        "s3", endpoint_url=store, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    made = resource.Bucket(BUCKET)
    made.create(CreateBucketConfiguration={"LocationConstraint": REGION})
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": store,
        "region_name": REGION,
        "access_key": KEY,
        "secret_key": SECRET,
        "default_acl": None,
        "file_overwrite": True,
        "signature_version": "s3v4",
    }
    storages = {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=storages):
        yield made
    for upload in made.multipart_uploads.all():
        upload.abort()
    made.objects.all().delete()
    made.delete()
