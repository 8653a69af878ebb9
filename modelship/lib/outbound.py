"""The one client for addresses that somebody else chose.

A name is resolved once, every address it has is judged, and the connection goes to the judged address
with the name kept for Host and certificate: a second answer of the name server changes nothing. Private,
loopback and link-local addresses are refused unless the operator allows that host and port. Redirects
are not followed unless asked for, and then each hop is judged like the first. What the other side says
never becomes part of a refusal.
"""

import contextlib
import hashlib
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import httpx
import stamina

from modelship.lib.errors import BadRequest, Problem, TooLarge, Unavailable, Unprocessable

USER_AGENT = "ModelShip"
ATTEMPTS = 4
HEALING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOST = re.compile(r"[A-Za-z0-9._:-]+")
# IPv6 addresses that carry an IPv4 one which our own network translates to.
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Progress = Callable[[int, int | None], None]
Resolver = Callable[[str, int], list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def system_addresses(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]).partition("%")[0] for entry in found]


@dataclass(frozen=True)
class Policy:
    """Where a call may go and how long it may take.

    `allow` holds `host:port` of places that may be private and need no TLS; `redirects` is how many
    hops are followed. The seconds are for connecting, between two pieces of data, and in all.
    """

    allow: frozenset[str] = frozenset()
    redirects: int = 0
    connect_seconds: float = 10.0
    idle_seconds: float = 30.0
    total_seconds: float = 3600.0
    resolve: Resolver = system_addresses

    @classmethod
    def allowing(cls, places: Iterable[str], *, redirects: int = 0) -> "Policy":
        return cls(allow=frozenset(place.strip().lower() for place in places), redirects=redirects)


STRICT = Policy()


class _Healing(Exception):
    """A failure that another try may not have."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def download(
    url: str,
    sink: BinaryIO,
    *,
    max_bytes: int,
    sha256: str | None = None,
    policy: Policy = STRICT,
    on_progress: Progress | None = None,
) -> tuple[str, int]:
    """Stream `url` into the seekable `sink`; returns the SHA-256 and the size of what arrived.

    `on_progress(received, total or None)` hears of every piece; what it raises ends the download.
    Raises BadRequest for an address that may not be reached, TooLarge beyond `max_bytes`, Unprocessable
    for a refusal of the other side or a wrong checksum (`bad_checksum`), and Unavailable when the other
    side still does not answer after several tries.
    """
    deadline = time.monotonic() + policy.total_seconds
    try:
        for attempt in stamina.retry_context(on=_Healing, attempts=ATTEMPTS, wait_initial=0.5, wait_max=8.0):
            with attempt:
                received = _receive(url, sink, max_bytes, policy, _Watch(deadline, on_progress))
    except _Healing as failure:
        raise failure.problem from failure
    if sha256 and received[0] != sha256.lower():
        raise Unprocessable(
            "The file is not the one that was expected: its checksum differs. Nothing was kept. "
            "Try again later, or get the file from another source.",
            code="bad_checksum",
            expected=sha256.lower(),
            received=received[0],
        )
    return received


@dataclass(frozen=True)
class _Watch:
    """Looks at the clock and tells the caller, after every piece."""

    deadline: float
    on_progress: Progress | None

    def heard(self, received: int, total: int | None) -> None:
        if time.monotonic() > self.deadline:
            raise Unavailable("The download took too long. Try again later.", code="too_slow")
        if self.on_progress:
            self.on_progress(received, total)


def _receive(url: str, sink: BinaryIO, max_bytes: int, policy: Policy, watch: _Watch) -> tuple[str, int]:
    """One try, from the first byte."""
    sink.seek(0)
    sink.truncate()
    digest, size = hashlib.sha256(), 0
    with _answer(url, policy) as response:
        total = _length(response)
        _check_size(total or 0, max_bytes)
        # As it comes: collected to a size of ours, a slow line would look like one that stands still.
        for chunk in response.iter_raw():
            size += len(chunk)
            _check_size(size, max_bytes)
            digest.update(chunk)
            sink.write(chunk)
            watch.heard(size, total)
    sink.flush()
    return digest.hexdigest(), size


@dataclass(frozen=True)
class Looked:
    """What the other side says of a file before it sends it; None and "" where it says nothing."""

    size: int | None
    etag: str
    modified: str


def look(url: str, *, policy: Policy = STRICT) -> Looked:
    """Ask once for `url` and leave before its body comes. Raises as `download` does."""
    try:
        with _answer(url, policy) as response:
            heads = response.headers
            return Looked(_length(response), heads.get("ETag", ""), heads.get("Last-Modified", ""))
    except _Healing as failure:
        raise failure.problem from failure


def judge(url: str, *, policy: Policy = STRICT) -> None:
    """Raises BadRequest for an address that may not be reached. A name that nobody knows yet passes for now."""
    with contextlib.suppress(_Healing):
        _address_of(_parsed(url), policy)


def address_of(url: str, *, policy: Policy = STRICT) -> str:
    """The judged address behind `url`, for a library that connects by itself. Raises as `download` does."""
    try:
        return _address_of(_parsed(url), policy)
    except _Healing as failure:
        raise failure.problem from failure


def connect(host: str, port: int, *, policy: Policy = STRICT, is_encrypted: bool) -> socket.socket:
    """A connection to a place that may be reached, at the address that was judged.

    Raises BadRequest for a place that may not be, Unavailable where nobody answers. `is_encrypted` says
    that what is spoken over it protects itself: plain HTTP needs the operator's leave.
    """
    scheme = "https" if is_encrypted else "http"
    target = _parsed(f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}")
    try:
        address = _address_of(target, policy)
        found = socket.create_connection((address, port), timeout=policy.connect_seconds)
    except _Healing as failure:
        raise failure.problem from failure
    except OSError as error:
        raise _unreachable(target) from error
    found.settimeout(policy.idle_seconds)
    return found


@contextmanager
def _answer(url: str, policy: Policy) -> Iterator[httpx.Response]:
    """The final answer with its body still to be read."""
    target = _parsed(url)
    for hop in range(policy.redirects + 1):
        with _asked(target, policy) as response:
            if response.status_code not in REDIRECTS:
                _check_status(response.status_code)
                yield response
                return
            target = _next(target, response, is_last=hop == policy.redirects)


@contextmanager
def _asked(target: httpx.URL, policy: Policy) -> Iterator[httpx.Response]:
    """One request to one judged address."""
    address = _address_of(target, policy)
    timeout = httpx.Timeout(policy.idle_seconds, connect=policy.connect_seconds)
    headers = {"Host": target.netloc.decode("ascii"), "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    request = httpx.Request(
        "GET",
        target.copy_with(host=address),
        headers=headers,
        # The certificate must be that of the name, not of the address.
        extensions={"sni_hostname": target.raw_host.decode("ascii"), "timeout": timeout.as_dict()},
    )
    with httpx.Client(trust_env=False, follow_redirects=False, verify=certificates()) as client:
        try:
            response = client.send(request, stream=True)
        except httpx.TransportError as error:
            raise _Healing(_unreachable(target)) from error
        try:
            yield response
        except httpx.TransportError as error:
            raise _Healing(_cut_off(target)) from error
        finally:
            response.close()


def certificates() -> ssl.SSLContext:
    """An operator with an authority of their own names it as every program on the machine is told."""
    return httpx.create_ssl_context(trust_env=True)


def _parsed(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
        port = target.port
    except (httpx.InvalidURL, ValueError, UnicodeError) as error:
        raise _bad_url() from error
    if target.scheme not in ("http", "https") or target.userinfo or port == 0:
        raise _bad_url()
    if not HOST.fullmatch(target.raw_host.decode("ascii")):
        raise _bad_url()
    return target.copy_with(fragment=None)


def _bad_url() -> BadRequest:
    return BadRequest("Give a full address that starts with https:// and holds no password.", code="bad_url")


def _address_of(target: httpx.URL, policy: Policy) -> str:
    """The address to connect to. All addresses of the name must be fit, so that none can be slipped in."""
    port = target.port or (443 if target.scheme == "https" else 80)
    place = f"{target.host}:{port}".lower()
    is_allowed = place in policy.allow
    if target.scheme == "http" and not is_allowed:
        raise BadRequest(f"{place} is only reached over https. Use an https address.", code="not_encrypted")
    try:
        addresses = policy.resolve(target.host, port)
    except (OSError, UnicodeError) as error:
        raise _Healing(_unreachable(target)) from error
    if not addresses:
        raise _Healing(_unreachable(target))
    if not is_allowed and not all(is_public(ipaddress.ip_address(address)) for address in addresses):
        raise BadRequest(
            f"{place} is inside a private network. Ask the operator to allow it (MODELSHIP_OUTBOUND_ALLOW).",
            code="address_denied",
        )
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether the address belongs to the open internet, also by way of the IPv4 address inside it."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _next(target: httpx.URL, response: httpx.Response, *, is_last: bool) -> httpx.URL:
    location = response.headers.get("Location", "")
    if is_last or not location:
        raise Unprocessable("The address leads elsewhere. Give the final address.", code="redirected")
    try:
        return _parsed(str(target.join(location)))
    except (httpx.InvalidURL, ValueError) as error:
        raise _bad_url() from error


def _check_status(status: int) -> None:
    if status in HEALING_STATUSES:
        words = f"The other side answered {status}. Try again later."
        raise _Healing(Unavailable(words, code="unreachable", answered=status))
    if status != 200:
        raise Unprocessable(
            f"The other side answered {status}. Check the address.", code="download_refused", answered=status
        )


def _length(response: httpx.Response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"The file is larger than {most:,} bytes. Choose a smaller one.", limit=most)


def _cut_off(target: httpx.URL) -> Unavailable:
    return Unavailable(f"{target.host} broke off in the middle. Try again later.", code="cut_off")


def _unreachable(target: httpx.URL) -> Unavailable:
    return Unavailable(
        f"{target.host} does not answer. Check the connection and try again.", code="unreachable"
    )
