"""The guard for SDKs: judged addresses only, no redirects, bounded answers."""

import httpx
import pytest

from modelship.lib.errors import BadRequest, Unprocessable
from modelship.lib.outbound import Policy
from modelship.lib.pinned import PinnedTransport, pinned_client
from tests.inference.sites import serving


def test_the_name_is_kept_and_the_judged_address_is_asked():
    with serving({"/a": b"hello"}) as site:
        port = site.server_address[1]
        policy = Policy(allow=frozenset({f"language.example:{port}"}), resolve=lambda host, at: ["127.0.0.1"])
        with pinned_client(policy, seconds=5, connections=2) as client:
            answer = client.get(f"http://language.example:{port}/a")

    assert (answer.status_code, answer.content) == (200, b"hello")
    assert answer.request.headers["host"] == f"language.example:{port}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://169.254.169.254/"])
def test_places_that_nobody_allowed_are_not_reached(url):
    with pinned_client(Policy(), seconds=5, connections=2) as client, pytest.raises(BadRequest):
        client.get(url)


def test_a_redirect_is_refused_and_not_followed():
    with serving({}) as site:
        site.moved["/a"] = "http://127.0.0.1:9/"
        policy = Policy.allowing([site.place])
        with (
            pinned_client(policy, seconds=5, connections=2) as client,
            pytest.raises(Unprocessable) as refused,
        ):
            client.get(f"{site.url}/a")

    assert refused.value.code == "redirected"


def test_an_answer_ends_at_its_limit():
    with serving({"/a": b"x" * 10_000}) as site:
        transport = PinnedTransport(Policy.allowing([site.place]), max_bytes=5_000)
        with httpx.Client(transport=transport) as client, pytest.raises(Unprocessable) as refused:
            client.get(f"{site.url}/a")

    assert refused.value.code == "too_much"
