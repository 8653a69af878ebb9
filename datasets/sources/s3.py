"""A bucket of Amazon S3, or of anything that speaks its protocol.

boto3 itself and not django-storages: that one's listing asks for each folder by itself and drops sizes,
times and etags, which are how changed files are noticed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from datasets.sources.base import (
    CHUNK_BYTES,
    PREFIX,
    Capped,
    Changed,
    Entry,
    Field,
    Kind,
    Outside,
    Values,
    folder_of,
    sdk,
    stamp,
)
from datasets.sources.failures import status_problem
from modelship.lib.egress import Egress
from modelship.lib.errors import Unavailable


class S3Reader:
    def __init__(self, client: Any, values: Values, egress: Egress, max_bytes: int) -> None:
        self.client, self.egress, self.max_bytes = client, egress, max_bytes
        self.bucket, self.prefix = values["bucket"], folder_of(values)

    def entries(self) -> Iterator[Entry]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        with self.telling():
            for page in pages:
                for one in page.get("Contents", ()):
                    if not one["Key"].endswith("/"):
                        yield Entry(one["Key"], one["Size"], stamp(one["LastModified"]), one.get("ETag", ""))

    def look(self, key: str) -> Entry | None:
        try:
            with self.telling():
                found = self.client.head_object(Bucket=self.bucket, Key=key)
        except Changed:
            return None
        return Entry(key, found["ContentLength"], stamp(found["LastModified"]), found.get("ETag", ""))

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        capped = Capped(sink, self.max_bytes)
        with self.telling():
            answer = self.client.get_object(Bucket=self.bucket, Key=entry.key, IfMatch=entry.etag)
            for piece in answer["Body"].iter_chunks(CHUNK_BYTES):
                capped.write(piece)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """botocore's failures as ours, without a word of what the other side said."""
        errors = sdk("botocore.exceptions", "boto3")
        try:
            yield
        except errors.ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if error.operation_name in ("GetObject", "HeadObject") and status in (404, 412):
                raise Changed from error
            raise self.egress.refused or status_problem(status, "the bucket") from error
        except (errors.BotoCoreError, OSError) as error:
            raise self.egress.refused or _unreachable() from error


def _unreachable() -> Unavailable:
    return Unavailable("The bucket does not answer. Check the endpoint and try again.", code="unreachable")


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[S3Reader]:
    boto3, botocore = sdk("boto3", "boto3"), sdk("botocore", "boto3")
    config = sdk("botocore.config", "boto3").Config
    key = values.get("access_key", "")
    with Egress(outside.policy) as egress:
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=values.get("endpoint") or None,
            region_name=values.get("region") or "us-east-1",
            aws_access_key_id=key or None,
            aws_secret_access_key=values.get("secret_key") or None,
            config=config(
                proxies=egress.proxies,
                # Without keys it is a public bucket: never the server's own credentials.
                signature_version="s3v4" if key else botocore.UNSIGNED,
                s3={"addressing_style": "path" if values.get("endpoint") else "auto"},
                retries={"total_max_attempts": 3, "mode": "standard"},
                connect_timeout=outside.policy.connect_seconds,
                read_timeout=outside.policy.idle_seconds,
                max_pool_connections=16,
            ),
        )
        yield S3Reader(client, values, egress, outside.max_bytes)


KIND = Kind(
    "s3",
    "S3 bucket",
    "Amazon S3, MinIO, Cloudflare R2, Wasabi or anything else that speaks S3. Reading rights are enough.",
    (
        Field("bucket", "Bucket", "Its name alone.", required=True, most=255),
        PREFIX,
        Field("endpoint", "Endpoint", "Like https://s3.example.com. Empty means Amazon."),
        Field("region", "Region", "Like eu-central-1.", most=100),
        Field("access_key", "Access key", "Empty for a public bucket.", most=200),
        Field("secret_key", "Secret key", "Kept encrypted and never shown again.", secret=True),
    ),
    opened,
)
