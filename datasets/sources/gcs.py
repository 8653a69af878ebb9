"""A bucket of Google Cloud Storage.

Google's SDK itself and not django-storages: that one's listing drops sizes, times and generations.
"""

import json
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
from datasets.sources.web_session import outgoing, plain_session
from modelship.lib.egress import Egress
from modelship.lib.errors import Problem, Unavailable, Unprocessable

PACKAGE = "google-cloud-storage"
SCOPE = "https://www.googleapis.com/auth/devstorage.read_only"
PAGE = 1000


class GcsReader:
    def __init__(self, client: Any, values: Values, egress: Egress, outside: Outside) -> None:
        self.egress, self.max_bytes = egress, outside.max_bytes
        self.client, self.bucket, self.prefix = client, client.bucket(values["bucket"]), folder_of(values)
        self.wait = {"timeout": outside.policy.idle_seconds, "retry": None}

    def entries(self) -> Iterator[Entry]:
        with self.telling():
            found = self.client.list_blobs(
                self.bucket, prefix=self.prefix or None, page_size=PAGE, **self.wait
            )
            yield from (_entry(one) for one in found if not one.name.endswith("/"))

    def look(self, key: str) -> Entry | None:
        with self.telling():
            found = self.bucket.get_blob(key, **self.wait)
        return _entry(found) if found else None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        capped = Capped(sink, self.max_bytes)
        errors = sdk("google.api_core.exceptions", PACKAGE)
        try:
            with self.telling():
                self.bucket.blob(entry.key).download_to_file(
                    capped, if_generation_match=int(entry.etag), raw_download=True, checksum=None, **self.wait
                )
        except Problem as problem:
            if isinstance(problem.__cause__, errors.PreconditionFailed | errors.NotFound):
                raise Changed from problem
            raise

    @contextmanager
    def telling(self) -> Iterator[None]:
        calls = sdk("google.api_core.exceptions", PACKAGE).GoogleAPICallError
        auth = sdk("google.auth.exceptions", PACKAGE)
        network = sdk("requests.exceptions", "requests").RequestException
        try:
            yield
        except calls as error:
            raise self.egress.refused or status_problem(int(error.code or 500), "the bucket") from error
        except auth.TransportError as error:
            raise self.egress.refused or _unreachable() from error
        except auth.GoogleAuthError as error:
            # Of the place that gives tokens: in trouble, or not of a mind to.
            problem = _unreachable() if error.retryable else status_problem(401, "Google")
            raise self.egress.refused or problem from error
        except (network, OSError) as error:
            raise self.egress.refused or _unreachable() from error


def _entry(found: Any) -> Entry:
    return Entry(found.name, found.size, stamp(found.updated), str(found.generation))


def _unreachable() -> Unavailable:
    return Unavailable("Google Cloud Storage does not answer. Try again later.", code="unreachable")


def _credentials(values: Values) -> Any:
    text = values.get("service_account", "").strip()
    if not text:
        return sdk("google.auth.credentials", PACKAGE).AnonymousCredentials()
    make = sdk("google.oauth2.service_account", PACKAGE).Credentials.from_service_account_info
    try:
        return make(json.loads(text), scopes=[SCOPE])
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise Unprocessable(
            "This is not the key file of a service account. Paste the whole JSON.",
            code="bad_key_file",
            field="service_account",
        ) from error


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[GcsReader]:
    storage = sdk("google.cloud.storage", PACKAGE)
    transport = sdk("google.auth.transport.requests", PACKAGE)
    credentials, endpoint = _credentials(values), values.get("endpoint", "")
    with Egress(outside.policy) as egress, plain_session(egress) as tokens:
        # Tokens come from an address that the key file names: it is judged like the rest.
        session = transport.AuthorizedSession(credentials, auth_request=transport.Request(session=tokens))
        with outgoing(session, egress):
            client = storage.Client(
                project="modelship",
                credentials=credentials,
                _http=session,
                client_options={"api_endpoint": endpoint} if endpoint else None,
            )
            # For traces that nobody reads, the library would ask for the bucket beside every call, from a thread
            # of its own that outlives us, and with a right that a reader need not have.
            client._bucket_metadata_cache = None
            yield GcsReader(client, values, egress, outside)


KIND = Kind(
    "gcs",
    "Google Cloud Storage",
    "A bucket of Google Cloud Storage. The account needs the role Storage Object Viewer.",
    (
        Field("bucket", "Bucket", "Its name alone.", required=True, most=255),
        PREFIX,
        Field(
            "service_account",
            "Service account key",
            "The JSON file's content. Empty for a public bucket.",
            secret=True,
            many_lines=True,
            most=20_000,
        ),
        Field("endpoint", "Endpoint", "Only where Google is reached through a gateway."),
    ),
    opened,
)
