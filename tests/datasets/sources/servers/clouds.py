"""Dropbox, Google Cloud Storage, Azure Blob Storage and a plain web site, as far as reading goes."""

import base64
import json
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from tests.datasets.sources.servers.signatures import ServiceAccount, sas_is_right, shared_key_is_right
from tests.datasets.sources.servers.site import REMOTE_WORDS, SECRET, WHEN, Handler, Site, etag_of

ISO = WHEN.strftime("%Y-%m-%dT%H:%M:%SZ")
ACCOUNT = "acme"
HTTP_DATE = WHEN.strftime("%a, %d %b %Y %H:%M:%S GMT")


class DropboxHandler(Handler):
    def handle_one(self) -> None:
        body = self.body()
        if self.headers.get("Authorization") != f"Bearer {SECRET}":
            self.answer_json({"error": {".tag": "invalid_access_token"}, "words": REMOTE_WORDS}, 401)
            return
        route = self.path_only.removeprefix("/2/files/")
        asked = json.loads(self.headers.get("Dropbox-API-Arg") or body or b"null")
        getattr(self, route.replace("/", "_"))(asked)

    def list_folder(self, asked: dict) -> None:
        self.listing(asked["path"].removeprefix("/"), 0)

    def list_folder_continue(self, asked: dict) -> None:
        prefix, _, start = asked["cursor"].rpartition("|")
        self.listing(prefix, int(start))

    def listing(self, prefix: str, start: int) -> None:
        keys, end = self.server.page(prefix, start)
        folder = {
            ".tag": "folder",
            "name": "deep",
            "path_display": "/deep",
            "path_lower": "/deep",
            "id": "id:f",
        }
        entries = [folder, *(self.told(key) for key in keys)]
        self.answer_json({"entries": entries, "cursor": f"{prefix}|{end}", "has_more": end is not None})

    def told(self, key: str) -> dict:
        data = self.server.files[key]
        return {
            ".tag": "file",
            "name": key.rsplit("/", 1)[-1],
            "id": "id:a",
            "path_display": f"/{key}",
            "path_lower": f"/{key.lower()}",
            "rev": etag_of(data)[:15],
            "size": len(data),
            "client_modified": ISO,
            "server_modified": ISO,
        }

    def get_metadata(self, asked: dict) -> None:
        key = asked["path"].removeprefix("/")
        if key not in self.server.files:
            self.gone()
        else:
            self.answer_json(self.told(key))

    def download(self, asked: dict) -> None:
        revision = asked["path"].removeprefix("rev:")
        for key, data in self.server.files.items():
            if etag_of(data)[:15] == revision:
                told = {name: value for name, value in self.told(key).items() if name != ".tag"}
                self.answer(200, data, "application/octet-stream", Dropbox_API_Result=json.dumps(told))
                return
        self.gone()

    def gone(self) -> None:
        error = {".tag": "path", "path": {".tag": "not_found"}}
        self.answer_json({"error_summary": f"path/not_found/{REMOTE_WORDS}", "error": error}, 409)


class GcsHandler(Handler):
    server: "GcsSite"

    def handle_one(self) -> None:
        body = self.body()
        if self.path_only == "/token":
            self.token({name: values[0] for name, values in parse_qs(body.decode()).items()})
            return
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.server.account and given not in self.server.tokens:
            self.answer_json({"error": {"code": 401, "message": REMOTE_WORDS}}, 401)
            return
        self.answer_bucket()

    def token(self, form: dict[str, str]) -> None:
        account = self.server.account
        refusal = account.refusal(form) if account else "invalid_grant"
        if refusal:
            self.answer_json({"error": refusal, "error_description": REMOTE_WORDS}, 400)
            return
        self.server.tokens = {f"{SECRET}-{len(self.server.asked)}"}
        [token] = self.server.tokens
        self.answer_json({"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def answer_bucket(self) -> None:
        _, _, tail = self.path_only.partition("/b/harbour/o")
        if not tail and "/b/harbour/o" not in self.path_only:
            self.answer_json({"error": {"code": 404, "message": REMOTE_WORDS}}, 404)
        elif not tail:
            self.listing()
        else:
            self.file(unquote(tail.removeprefix("/")))

    def listing(self) -> None:
        keys, end = self.server.page(self.query.get("prefix", ""), int(self.query.get("pageToken", 0)))
        found = {"kind": "storage#objects", "items": [self.told(key) for key in keys]}
        self.answer_json(found | ({"nextPageToken": str(end)} if end else {}))

    def told(self, key: str) -> dict:
        data = self.server.files[key]
        generation = str(int(etag_of(data)[:12], 16))
        return {"name": key, "size": str(len(data)), "updated": ISO, "generation": generation, "etag": "x"}

    def file(self, key: str) -> None:
        if key not in self.server.files:
            self.answer_json({"error": {"code": 404, "message": REMOTE_WORDS}}, 404)
        elif self.query.get("alt") != "media":
            self.answer_json(self.told(key))
        elif self.query.get("ifGenerationMatch") != self.told(key)["generation"]:
            self.answer_json({"error": {"code": 412, "message": REMOTE_WORDS}}, 412)
        else:
            self.answer(200, self.server.files[key], "application/octet-stream")


class AzureHandler(Handler):
    server: "AzureSite"

    def handle_one(self) -> None:
        self.body()
        if not self.is_let_in():
            self.refuse(403, "AuthenticationFailed")
        elif self.query.get("comp") == "list":
            self.listing()
        else:
            self.file(unquote(self.path_only.removeprefix("/harbour/")))

    def is_let_in(self) -> bool:
        if "Authorization" in self.headers:
            return shared_key_is_right(self.command, self.path, self.headers, ACCOUNT, self.server.key)
        return sas_is_right(self.path, "harbour", ACCOUNT, self.server.key)

    def refuse(self, status: int, code: str) -> None:
        body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{REMOTE_WORDS}</Message></Error>"
        self.answer(status, body.encode(), "application/xml", x_ms_error_code=code)

    def listing(self) -> None:
        keys, end = self.server.page(self.query.get("prefix", ""), int(self.query.get("marker", 0)))
        blobs = "".join(
            f"<Blob><Name>{escape(key)}</Name><Properties><Last-Modified>{HTTP_DATE}</Last-Modified>"
            f"<Etag>{etag_of(data)}</Etag><Content-Length>{len(data)}</Content-Length>"
            "<BlobType>BlockBlob</BlobType></Properties></Blob>"
            for key in keys
            for data in [self.server.files[key]]
        )
        body = (
            f'<?xml version="1.0"?><EnumerationResults ContainerName="harbour">'
            f"<Prefix>{escape(self.query.get('prefix', ''))}</Prefix><Blobs>{blobs}</Blobs>"
            f"<NextMarker>{end or ''}</NextMarker></EnumerationResults>"
        )
        self.answer(200, body.encode(), "application/xml")

    def file(self, key: str) -> None:
        data = self.server.files.get(key)
        if data is None:
            self.refuse(404, "BlobNotFound")
            return
        wanted = self.headers.get("If-Match", "").strip('"')
        if wanted and wanted != etag_of(data):
            self.refuse(412, "ConditionNotMet")
            return
        heads = {"ETag": f'"{etag_of(data)}"', "Last_Modified": HTTP_DATE, "x_ms_blob_type": "BlockBlob"}
        span = self.headers.get("x-ms-range") or self.headers.get("Range")
        if not span or self.command == "HEAD":
            self.answer(200, data, "application/octet-stream", **heads)
            return
        first, _, last = span.removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last) + 1]
        heads["Content_Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        self.answer(206, part, "application/octet-stream", **heads)


class WebHandler(Handler):
    def handle_one(self) -> None:
        self.body()
        data = self.server.files.get(unquote(self.path_only.removeprefix("/")))
        if data is None:
            self.answer(404, REMOTE_WORDS.encode(), "text/plain")
        else:
            self.answer(200, data, "image/png", ETag=f'"{etag_of(data)}"', Last_Modified=HTTP_DATE)


class RedirectHandler(Handler):
    """Sends everybody to the place in `files["to"]`."""

    def handle_one(self) -> None:
        self.body()
        self.answer(307, b"", "text/plain", Location=self.server.files["to"].decode())


class GcsSite(Site):
    """Open to everybody without an `account`; else to who has the last token that was given for its key."""

    account: ServiceAccount | None = None

    def __init__(self) -> None:
        super().__init__(GcsHandler)
        self.tokens: set[str] = set()


class AzureSite(Site):
    """`key` may be rotated while it serves."""

    key = base64.b64encode(b"key-of-the-storage-account").decode()

    def __init__(self) -> None:
        super().__init__(AzureHandler)


def dropbox() -> Site:
    return Site(DropboxHandler)


def gcs() -> GcsSite:
    return GcsSite()


def azure() -> AzureSite:
    return AzureSite()


def web() -> Site:
    return Site(WebHandler)


def redirecting() -> Site:
    return Site(RedirectHandler)
