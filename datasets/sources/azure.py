"""A container of Azure Blob Storage.

Microsoft's SDK itself and not django-storages: that one's listing drops sizes, times and etags.
"""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from datasets.sources.base import (
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
from datasets.sources.web_session import plain_session
from modelship.lib.egress import Egress
from modelship.lib.errors import Unavailable, Unprocessable

PACKAGE = "azure-storage-blob"


class AzureReader:
    def __init__(self, client: Any, values: Values, egress: Egress, max_bytes: int) -> None:
        self.client, self.egress, self.max_bytes = client, egress, max_bytes
        self.prefix = folder_of(values)
        self.unchanged = sdk("azure.core", PACKAGE).MatchConditions.IfNotModified

    def entries(self) -> Iterator[Entry]:
        with self.telling():
            for one in self.client.list_blobs(name_starts_with=self.prefix or None, results_per_page=1000):
                if not one.name.endswith("/"):
                    yield _entry(one)

    def look(self, key: str) -> Entry | None:
        try:
            with self.telling():
                return _entry(self.client.get_blob_client(key).get_blob_properties())
        except Changed:
            return None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        capped = Capped(sink, self.max_bytes)
        with self.telling():
            answer = self.client.download_blob(entry.key, etag=entry.etag, match_condition=self.unchanged)
            for piece in answer.chunks():
                capped.write(piece)

    @contextmanager
    def telling(self) -> Iterator[None]:
        errors = sdk("azure.core.exceptions", PACKAGE)
        try:
            yield
        except (errors.ResourceNotFoundError, errors.ResourceModifiedError) as error:
            if "ContainerNotFound" in str(getattr(error, "error_code", "")):
                raise status_problem(404, "the container") from error
            raise Changed from error
        except errors.HttpResponseError as error:
            raise self.egress.refused or status_problem(error.status_code or 500, "the container") from error
        except (errors.AzureError, OSError) as error:
            raise self.egress.refused or _unreachable() from error


def _entry(found: Any) -> Entry:
    return Entry(found.name, found.size, stamp(found.last_modified), found.etag.strip('"'))


def _unreachable() -> Unavailable:
    return Unavailable("The container does not answer. Check the account and try again.", code="unreachable")


def _judged_key(key: str) -> str:
    """Microsoft's library would only stumble over it while it signs."""
    try:
        b64decode(key, validate=True)
    except ValueError as error:
        raise Unprocessable(
            "The account key is malformed. Paste the whole of it.", code="malformed_settings", field="key"
        ) from error
    return key


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[AzureReader]:
    blob = sdk("azure.storage.blob", PACKAGE)
    transport = sdk("azure.core.pipeline.transport", PACKAGE).RequestsTransport
    account, seconds = values["account"], outside.policy.idle_seconds
    place = values.get("endpoint") or f"https://{account}.blob.core.windows.net"
    key = _judged_key(values.get("key", ""))
    credential: Any = {"account_name": account, "account_key": key} if key else values.get("sas") or None
    with Egress(outside.policy) as egress, plain_session(egress) as session:
        try:
            client = blob.ContainerClient(
                account_url=place,
                container_name=values["container"],
                credential=credential,
                transport=transport(session=session, session_owner=False, use_env_settings=False),
                connection_timeout=outside.policy.connect_seconds,
                read_timeout=seconds,
                retry_policy=blob.LinearRetry(backoff=1, retry_total=2, random_jitter_range=1),
            )
        except ValueError as error:
            raise Unprocessable(
                "The account, the endpoint or the key is malformed. Check them.", code="malformed_settings"
            ) from error
        yield AzureReader(client, values, egress, outside.max_bytes)


KIND = Kind(
    "azure",
    "Azure Blob Storage",
    "A container of Azure Blob Storage. Rights to read and to list are enough.",
    (
        Field("account", "Account", "The storage account's name.", required=True, most=200),
        Field("container", "Container", "Its name alone.", required=True, most=200),
        PREFIX,
        Field("key", "Account key", "Or a shared access signature below.", secret=True),
        Field("sas", "Shared access signature", "Starts with sv= or ?sv=.", secret=True),
        Field("endpoint", "Endpoint", "Only for other clouds, like https://acme.blob.core.chinacloudapi.cn."),
    ),
    opened,
)
