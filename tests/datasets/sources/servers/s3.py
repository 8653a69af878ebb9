"""moto's S3 server, as a process of its own."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import boto3

from tests.servers import free_port

# A busy machine takes its time to import moto.
START_SECONDS = 120


class Bucket:
    """A bucket named harbour; its files are set as a dict's are."""

    def __init__(self, port: int) -> None:
        self.place = f"127.0.0.1:{port}"
        self.url = f"http://{self.place}"
        self.client = boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="alice",
            aws_secret_access_key="secret",
        )

    def __setitem__(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket="harbour", Key=key, Body=data)

    def __delitem__(self, key: str) -> None:
        self.client.delete_object(Bucket="harbour", Key=key)


@contextmanager
def serving_s3(**environment: str) -> Iterator[Bucket]:
    """The server with a bucket; `environment` are further variables of moto's own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=2).close()
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        bucket = Bucket(port)
        bucket.client.create_bucket(Bucket="harbour")
        yield bucket
    finally:
        process.kill()
        process.wait()
