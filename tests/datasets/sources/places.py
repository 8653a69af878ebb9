"""Each kind of source with a real server behind it, under one interface."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from azure.storage.blob import generate_container_sas

from datasets.sources import source_kind
from datasets.sources.base import Outside
from modelship.lib.outbound import Policy
from tests.datasets.sources.servers import clouds
from tests.datasets.sources.servers.s3 import serving_s3
from tests.datasets.sources.servers.sftp import serving_sftp
from tests.datasets.sources.servers.signatures import ServiceAccount
from tests.datasets.sources.servers.site import SECRET, serving

KEYS = ["a.png", "deep/b c.png", "deep/ü.png", "deep/er/d.png", "e.png"]


@dataclass
class Place:
    kind: str
    values: dict[str, str]
    files: Any
    allow: list[str] = field(default_factory=list)
    folders: tuple[str, ...] = ()
    site: Any = None

    def opened(self, max_bytes: int = 1 << 20, **values: str) -> Any:
        policy = Policy.allowing(self.allow, redirects=2)
        return source_kind(self.kind).open(
            {**self.values, **values}, Outside(policy, self.folders, max_bytes)
        )

    def key(self, name: str) -> str:
        return f"{self.allow[0]}/{name}" if self.kind == "http" else name


class FolderFiles:
    """A folder whose files are set as a dict's are."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __setitem__(self, key: str, data: bytes) -> None:
        (self.root / key).parent.mkdir(parents=True, exist_ok=True)
        (self.root / key).write_bytes(data)

    def __delitem__(self, key: str) -> None:
        (self.root / key).unlink()


@contextmanager
def local(folder: Path) -> Iterator[Place]:
    yield Place("local", {"folder": str(folder)}, FolderFiles(folder), folders=(str(folder),))


@contextmanager
def s3(folder: Path) -> Iterator[Place]:
    with serving_s3() as bucket:
        values = {"bucket": "harbour", "endpoint": bucket.url, "access_key": "alice", "secret_key": "secret"}
        yield Place("s3", values, bucket, [bucket.place])


@contextmanager
def dropbox(folder: Path) -> Iterator[Place]:
    with serving(clouds.dropbox()) as site:
        values = {"access_token": SECRET, "endpoint": site.url}
        yield Place("dropbox", values, site.files, [site.place], site=site)


@contextmanager
def gcs(folder: Path) -> Iterator[Place]:
    with serving(clouds.gcs()) as site:
        site.account = ServiceAccount()
        values = {
            "bucket": "harbour",
            "endpoint": site.url,
            "service_account": site.account.key_file(f"{site.url}/token"),
        }
        yield Place("gcs", values, site.files, [site.place], site=site)


@contextmanager
def azure(folder: Path) -> Iterator[Place]:
    with serving(clouds.azure()) as site:
        values = {"account": "acme", "container": "harbour", "sas": sas_of(site.key), "endpoint": site.url}
        yield Place("azure", values, site.files, [site.place], site=site)


def sas_of(key: str, *, rights: str = "rl", hours: float = 1) -> str:
    ends = datetime.now(UTC) + timedelta(hours=hours)
    return generate_container_sas("acme", "harbour", key, permission=rights, expiry=ends)


@contextmanager
def sftp(folder: Path) -> Iterator[Place]:
    with serving_sftp(folder) as server:
        values = {
            "host": "127.0.0.1",
            "port": str(server.port),
            "user": "alice",
            "password": SECRET,
            "fingerprint": server.fingerprint,
        }
        yield Place("sftp", values, FolderFiles(folder), [server.place], site=server)


@contextmanager
def http(folder: Path) -> Iterator[Place]:
    with serving(clouds.web()) as site:
        urls = "\n".join(f"{site.url}/{key}" for key in KEYS)
        yield Place("http", {"urls": urls}, site.files, [site.place], site=site)


PLACES = {place.__name__: place for place in (local, s3, dropbox, gcs, azure, sftp, http)}
