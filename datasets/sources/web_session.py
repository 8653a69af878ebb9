"""A `requests` session whose connections are all made by an Egress. Pure."""

from typing import Any
from urllib.parse import urlsplit

from datasets.sources.base import sdk
from modelship.lib.egress import Egress


def outgoing(session: Any, egress: Egress) -> Any:
    """The session, told to leave through `egress` alone: what the environment says of proxies counts for nothing."""
    session.trust_env = False
    session.proxies = egress.proxies
    return session


def plain_session(egress: Egress) -> Any:
    return outgoing(sdk("requests", "requests").Session(), egress)


def session_to(endpoint: str, egress: Egress) -> Any:
    """A session that sends every call to `endpoint` whatever host the library means; "" changes nothing."""
    if not endpoint:
        return plain_session(egress)
    requests = sdk("requests", "requests")

    class Redirected(requests.Session):  # type: ignore[name-defined]
        def request(self, method: str, url: str, **options: Any) -> Any:
            return super().request(method, endpoint.rstrip("/") + urlsplit(url).path, **options)

    return outgoing(Redirected(), egress)
