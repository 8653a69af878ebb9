import hashlib
import io
import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from modelship.lib import outbound
from modelship.lib.errors import BadRequest, TooLarge, Unavailable, Unprocessable
from modelship.lib.outbound import Policy, download, is_public

BODY = bytes(range(256)) * 5_000
SUM = hashlib.sha256(BODY).hexdigest()


class Site(ThreadingHTTPServer):
    """A web site on loopback that remembers who asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[tuple[str, str]] = []
        self.failures = 0
        self.location = "/file"

    @property
    def port(self) -> int:
        return self.server_address[1]


class Page(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["Host"]))
        if self.server.failures:
            self.server.failures -= 1
            self.answer(503, b"secret words of the other side")
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", self.server.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/cut":
            self.answer(200, BODY[:1000], length=len(BODY))
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(BODY)
        elif self.path == "/file":
            self.answer(200, BODY)
        else:
            self.answer(404, b"secret words of the other side")

    def answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


def allowing(site: Site, **options: object) -> Policy:
    return Policy(allow=frozenset({f"127.0.0.1:{site.port}"}), **options)


def url(site: Site, path: str = "/file") -> str:
    return f"http://127.0.0.1:{site.port}{path}"


def test_a_download_arrives_whole_with_its_sum(site):
    sink, heard = io.BytesIO(), []

    found = download(
        url(site),
        sink,
        max_bytes=len(BODY),
        sha256=SUM.upper(),
        policy=allowing(site),
        on_progress=lambda received, total: heard.append((received, total)),
    )

    assert found == (SUM, len(BODY))
    assert sink.getvalue() == BODY
    assert heard[-1] == (len(BODY), len(BODY))


def test_a_wrong_sum_is_refused(site):
    with pytest.raises(Unprocessable) as refusal:
        download(url(site), io.BytesIO(), max_bytes=1 << 30, sha256="0" * 64, policy=allowing(site))

    assert refusal.value.code == "bad_checksum"
    assert refusal.value.extra == {"expected": "0" * 64, "received": SUM}
    assert len(site.asked) == 1


def test_what_heals_is_tried_again_from_the_start(site):
    site.failures, sink = 2, io.BytesIO(b"left from an earlier try" * 100_000)

    found = download(url(site), sink, max_bytes=1 << 30, policy=allowing(site))

    assert found == (SUM, len(BODY))
    assert sink.getvalue() == BODY
    assert len(site.asked) == 3


def test_what_stays_broken_is_refused_without_the_words_of_the_other_side(site):
    site.failures = 99

    with pytest.raises(Unavailable) as refusal:
        download(url(site), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site))

    assert refusal.value.code == "unreachable"
    assert "secret" not in refusal.value.detail
    assert len(site.asked) == 3


def test_a_cut_body_is_never_taken_for_the_whole(site):
    with pytest.raises(Unavailable) as refusal:
        download(url(site, "/cut"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site))

    assert refusal.value.code == "cut_off"
    assert len(site.asked) == 3


def test_a_missing_page_is_not_asked_for_again(site):
    with pytest.raises(Unprocessable) as refusal:
        download(url(site, "/none"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site))

    assert (refusal.value.code, refusal.value.extra) == ("download_refused", {"answered": 404})
    assert len(site.asked) == 1


@pytest.mark.parametrize("path", ["/file", "/endless"])
def test_size_is_capped_by_what_is_told_and_by_what_comes(site, path):
    sink = io.BytesIO()

    with pytest.raises(TooLarge):
        download(url(site, path), sink, max_bytes=1000, policy=allowing(site))

    assert len(sink.getvalue()) == 0


def test_the_time_in_all_is_capped(site):
    with pytest.raises(Unavailable) as refusal:
        download(url(site), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site, total_seconds=-1.0))

    assert refusal.value.code == "too_slow"


def test_what_the_listener_raises_ends_the_download(site):
    def stop(received: int, total: int | None) -> None:
        raise KeyError("stop")

    with pytest.raises(KeyError):
        download(url(site), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site), on_progress=stop)

    assert len(site.asked) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "2130706433",
        "0x7f000001",
        "127.1",
        "169.254.169.254",
        "10.1.2.3",
        "100.64.0.1",
        "[fd00::1]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
    ],
)
def test_private_places_are_not_even_connected_to(site, host):
    with pytest.raises(BadRequest) as refusal:
        download(f"https://{host}:{site.port}/file", io.BytesIO(), max_bytes=1 << 30)

    assert refusal.value.code == "address_denied"
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/x",
        "x",
        "",
        "https://",
        "https://u:p@example.com/x",
        "https://a b/",
        "https://0177.0.0.1/",
    ],
)
def test_addresses_that_are_no_web_addresses_are_refused(address):
    with pytest.raises(BadRequest) as refusal:
        download(address, io.BytesIO(), max_bytes=1 << 30)

    assert refusal.value.code == "bad_url"


def test_without_tls_only_allowed_places_are_reached():
    with pytest.raises(BadRequest) as refusal:
        download("http://example.com/x", io.BytesIO(), max_bytes=1 << 30)

    assert refusal.value.code == "not_encrypted"


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    policy = Policy(resolve=lambda host, port: ["93.184.216.34", "127.0.0.1"])

    with pytest.raises(BadRequest) as refusal:
        download("https://example.com/x", io.BytesIO(), max_bytes=1 << 30, policy=policy)

    assert refusal.value.code == "address_denied"


def test_the_name_is_resolved_once_and_kept_for_the_host_header(site):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    policy = Policy(
        allow=frozenset({f"models.example:{site.port}"}), resolve=lambda host, port: next(answers)
    )

    download(f"http://models.example:{site.port}/file", io.BytesIO(), max_bytes=1 << 30, policy=policy)

    assert site.asked == [("/file", f"models.example:{site.port}")]
    assert next(answers) == ["127.0.0.2"]


def test_a_name_that_does_not_resolve_is_unreachable():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror("no such name")

    with pytest.raises(Unavailable):
        download("https://nowhere.example/x", io.BytesIO(), max_bytes=1 << 30, policy=Policy(resolve=unknown))


def test_redirects_are_not_followed_by_default(site):
    with pytest.raises(Unprocessable) as refusal:
        download(url(site, "/moved"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site))

    assert refusal.value.code == "redirected"
    assert [path for path, _ in site.asked] == ["/moved"]


def test_a_redirect_that_is_wanted_is_followed(site):
    found = download(url(site, "/moved"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site, redirects=1))

    assert found == (SUM, len(BODY))


def test_every_hop_is_judged_like_the_first(site):
    canary = Site()
    site.location = f"https://127.0.0.1:{canary.port}/file"

    with pytest.raises(BadRequest) as refusal:
        download(url(site, "/moved"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site, redirects=5))

    canary.server_close()
    assert refusal.value.code == "address_denied"
    assert canary.asked == []


def test_a_circle_of_redirects_ends(site):
    site.location = "/moved"

    with pytest.raises(Unprocessable):
        download(url(site, "/moved"), io.BytesIO(), max_bytes=1 << 30, policy=allowing(site, redirects=3))

    assert len(site.asked) == 4


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "2002:808:808::"])
def test_public_addresses_are_public(address):
    assert is_public(ipaddress.ip_address(address))


def test_allowing_reads_the_operators_list():
    policy = Policy.allowing([" Models.Example:8443 "], redirects=2)

    assert policy.allow == frozenset({"models.example:8443"})
    assert policy.redirects == 2
    assert policy.resolve is outbound.system_addresses
