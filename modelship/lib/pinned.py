"""The guard of `outbound` for libraries that take an httpx client: an SDK that speaks to an address of somebody's choice.

Each request goes to the address that was judged, with the name kept for Host and certificate. Redirects
are refused, and an answer ends at its limits of bytes and seconds.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx

from modelship.lib.errors import Unavailable, Unprocessable
from modelship.lib.outbound import REDIRECTS, STRICT, Policy, address_of, certificates

MAX_ANSWER_BYTES = 8 << 20


def pinned_client(policy: Policy, *, seconds: float, connections: int) -> httpx.Client:
    """A client for an SDK: each request and each silence take at most so many seconds."""
    bounded = replace(policy, redirects=0, total_seconds=seconds)
    return httpx.Client(
        transport=PinnedTransport(bounded, connections=connections),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(seconds, connect=policy.connect_seconds),
    )


class PinnedTransport(httpx.BaseTransport):
    """What it raises of its own are Problems; all else is as httpx has it."""

    def __init__(
        self, policy: Policy = STRICT, *, connections: int = 8, max_bytes: int = MAX_ANSWER_BYTES
    ) -> None:
        self._policy = policy
        self._max_bytes = max_bytes
        self._inner = httpx.HTTPTransport(
            verify=certificates(), trust_env=False, limits=httpx.Limits(max_connections=connections)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        deadline = time.monotonic() + self._policy.total_seconds
        address = address_of(str(request.url), policy=self._policy)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            # The certificate must be that of the name, not of the address.
            extensions={**request.extensions, "sni_hostname": request.url.raw_host.decode("ascii")},
        )
        response = self._inner.handle_request(pinned)
        if response.status_code in REDIRECTS:
            response.close()
            raise Unprocessable("The address leads elsewhere. Give the final address.", code="redirected")
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response, self._max_bytes, deadline),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._inner.close()


class _Bounded(httpx.SyncByteStream):
    """The body of an answer, up to so many bytes and until so late."""

    def __init__(self, response: httpx.Response, most: int, deadline: float) -> None:
        self._response, self._most, self._deadline = response, most, deadline

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        stream = self._response.stream
        assert isinstance(stream, httpx.SyncByteStream)
        for chunk in stream:
            received += len(chunk)
            if received > self._most:
                raise Unprocessable("The other side answers too much. Check the address.", code="too_much")
            if time.monotonic() > self._deadline:
                raise Unavailable("The other side takes too long. Try again later.", code="too_slow")
            yield chunk

    def close(self) -> None:
        self._response.close()
