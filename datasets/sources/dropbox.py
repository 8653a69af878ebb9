"""A folder of a Dropbox.

The SDK itself and not django-storages: that one's listing knows neither sizes nor revisions, and has no pages.
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
from datasets.sources.web_session import session_to
from modelship.lib.egress import Egress
from modelship.lib.errors import Unavailable, Unprocessable

PAGE = 1000
WHAT = "Dropbox"


class DropboxReader:
    def __init__(self, client: Any, values: Values, egress: Egress, max_bytes: int) -> None:
        self.client, self.egress, self.max_bytes = client, egress, max_bytes
        folder = folder_of(values).rstrip("/")
        self.root = f"/{folder}" if folder else ""

    def entries(self) -> Iterator[Entry]:
        with self.telling():
            page = self.client.files_list_folder(self.root, recursive=True, limit=PAGE)
            while True:
                yield from (_entry(one) for one in page.entries if hasattr(one, "rev"))
                if not page.has_more:
                    return
                page = self.client.files_list_folder_continue(page.cursor)

    def look(self, key: str) -> Entry | None:
        try:
            with self.telling():
                found = self.client.files_get_metadata(f"/{key}")
        except Changed:
            return None
        return _entry(found) if hasattr(found, "rev") else None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        """A revision never changes, so its bytes are the listed ones or nothing."""
        capped = Capped(sink, self.max_bytes)
        with self.telling():
            _, answer = self.client.files_download(f"rev:{entry.etag}")
            with answer:
                for piece in answer.iter_content(CHUNK_BYTES):
                    capped.write(piece)

    @contextmanager
    def telling(self) -> Iterator[None]:
        errors = sdk("dropbox.exceptions", "dropbox")
        network = sdk("requests.exceptions", "requests").RequestException
        try:
            yield
        except errors.AuthError as error:
            raise status_problem(401, WHAT) from error
        except errors.ApiError as error:
            if getattr(error.error, "is_path", bool)() and error.error.get_path().is_not_found():
                if type(error.error).__name__ != "ListFolderError":
                    raise Changed from error
                raise status_problem(404, WHAT) from error
            raise status_problem(409, WHAT) from error
        except errors.HttpError as error:
            raise status_problem(error.status_code or 500, WHAT) from error
        except errors.DropboxException as error:
            raise Unavailable(
                "Dropbox did not answer as it should. Try again later.", code="unreachable"
            ) from error
        except (network, OSError, AssertionError, ValueError) as error:
            raise self.egress.refused or _unreachable() from error


def _entry(found: Any) -> Entry:
    key = (found.path_display or found.path_lower or found.name).removeprefix("/")
    return Entry(key, found.size, stamp(found.server_modified), found.rev)


def _unreachable() -> Unavailable:
    return Unavailable("Dropbox does not answer. Check the connection and try again.", code="unreachable")


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[DropboxReader]:
    dropbox = sdk("dropbox", "dropbox")
    refresh = values.get("refresh_token", "")
    if not refresh and not values.get("access_token"):
        raise Unprocessable(
            "Enter an access token, or a refresh token with its app key.",
            code="missing",
            field="access_token",
        )
    with Egress(outside.policy) as egress, session_to(values.get("endpoint", ""), egress) as session:
        client = dropbox.Dropbox(
            oauth2_access_token=None if refresh else values["access_token"],
            oauth2_refresh_token=refresh or None,
            app_key=values.get("app_key") or None,
            app_secret=values.get("app_secret") or None,
            session=session,
            timeout=outside.policy.idle_seconds,
            max_retries_on_error=1,
            max_retries_on_rate_limit=2,
        )
        yield DropboxReader(client, values, egress, outside.max_bytes)


KIND = Kind(
    "dropbox",
    "Dropbox",
    "A folder of a Dropbox. The app needs files.metadata.read and files.content.read.",
    (
        PREFIX,
        Field("refresh_token", "Refresh token", "Lasts; needs the app key.", secret=True),
        Field("app_key", "App key", most=200),
        Field("app_secret", "App secret", "Only for apps without PKCE.", secret=True),
        Field(
            "access_token",
            "Access token",
            "Ends after some hours; enough for one import.",
            secret=True,
            most=4000,
        ),
        Field("endpoint", "Endpoint", "Only where Dropbox is reached through a gateway."),
    ),
    opened,
)
