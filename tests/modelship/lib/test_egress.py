"""Libraries that connect by themselves reach what the policy allows, and nothing else."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from modelship.lib.egress import Egress
from modelship.lib.errors import BadRequest, Unavailable
from modelship.lib.outbound import Policy, connect
from tests.datasets.sources.servers import clouds
from tests.datasets.sources.servers.site import Site, serving


class Canary:
    """Listens and counts; whoever comes is one too many."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.visits = 0
        self.thread = threading.Thread(target=self.count)
        self.thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def count(self) -> None:
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.visits += 1

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(clouds.web()) as site:
        site.files["a.png"] = bytes(range(256)) * 400
        yield site


def through(egress: Egress, url: str, **options: object) -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    return session.get(url, proxies=egress.proxies, timeout=10, **options)


def test_what_is_allowed_arrives_whole_and_many_times(site: Site):
    with Egress(Policy.allowing([site.place])) as egress, requests.Session() as session:
        session.trust_env, session.proxies = False, egress.proxies
        for _ in range(5):
            assert session.get(f"{site.url}/a.png", timeout=10).content == site.files["a.png"]

        assert egress.refused is None
    assert all("modelship" not in path for _, path in site.asked)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1"])
def test_a_private_place_is_refused_and_hears_nothing(canary: Canary, scheme: str, host: str):
    port = canary.place.rpartition(":")[2]
    with Egress() as egress:
        with contextlib.suppress(requests.RequestException):
            assert through(egress, f"{scheme}://{host}:{port}/").status_code in (403, 502)

        assert isinstance(egress.refused, BadRequest | Unavailable)
    assert canary.visits == 0


def test_a_redirect_into_the_private_network_is_refused(canary: Canary):
    with serving(clouds.redirecting()) as site, Egress(Policy.allowing([site.place])) as egress:
        site.files["to"] = f"http://{canary.place}/latest/meta-data".encode()

        assert through(egress, f"{site.url}/x").status_code == 403

        assert egress.refused.code == "not_encrypted"
    assert canary.visits == 0


def test_a_name_that_changes_its_address_is_connected_where_it_was_judged(canary: Canary):
    answers = iter([["93.184.215.14", "127.0.0.1"], ["127.0.0.1"]])
    policy = Policy(resolve=lambda host, port: next(answers), connect_seconds=0.2)
    port = int(canary.place.rpartition(":")[2])

    for _ in range(2):
        with pytest.raises(BadRequest) as refusal:
            connect("rebind.example.com", port, policy=policy, is_encrypted=True)
        assert refusal.value.code == "address_denied"

    assert canary.visits == 0


def test_nobody_else_on_the_machine_may_use_the_way_out(site: Site):
    with Egress(Policy.allowing([site.place])) as egress:
        port = egress.url.rpartition(":")[2]
        for stranger in (f"http://127.0.0.1:{port}", f"http://modelship:guess@127.0.0.1:{port}"):
            answer = requests.get(f"{site.url}/a.png", proxies={"http": stranger}, timeout=10)
            assert answer.status_code == 407

    assert site.asked == []


def test_nonsense_ends_the_connection_and_not_the_proxy(site: Site):
    with Egress(Policy.allowing([site.place])) as egress:
        port = int(egress.url.rpartition(":")[2])
        for noise in (b"\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"CONNECT a b c\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                wire.sendall(noise)
                wire.recv(100)

        assert through(egress, f"{site.url}/a.png").status_code == 200
