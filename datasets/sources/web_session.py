"""A `requests` session whose connections are all made by an Egress. Pure."""

from typing import Any
from urllib.parse import urlsplit

from datasets.sources.base import sdk
from modelship.lib.egress import Egress

WAITS = 3
LONGEST_WAIT_SECONDS = 30.0


def outgoing(session: Any, egress: Egress) -> Any:
    """The session, told to leave through `egress` alone: what the environment says of proxies counts for nothing."""
    session.trust_env = False
    session.proxies = egress.proxies
    patient = sdk("requests.adapters", "requests").HTTPAdapter(max_retries=_patience())
    session.mount("https://", patient)
    session.mount("http://", patient)
    return session


def _patience() -> Any:
    """Who is told to wait waits, for as long as told and within reason; all else fails at once."""
    retry = sdk("urllib3.util.retry", "urllib3").Retry

    class Patience(retry):  # type: ignore[valid-type]
        def get_retry_after(self, response: Any) -> float | None:
            told = super().get_retry_after(response)
            return None if told is None else min(told, LONGEST_WAIT_SECONDS)

    return Patience(
        total=WAITS,
        connect=0,
        read=False,
        redirect=False,
        other=0,
        status=WAITS,
        # 503 too, where it comes with the time to wait.
        status_forcelist=[429],
        allowed_methods=None,
        backoff_factor=0.5,
        raise_on_status=False,
    )


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
