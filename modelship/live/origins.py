"""Which pages may open sockets: full origins, so that another port of the same host is a stranger."""

from collections.abc import Mapping

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from modelship.lib.errors import Forbidden


def check_origin(headers: Mapping[str, str]) -> None:
    """Raises Forbidden for a page of another scheme, host or port.

    Browsers always name the page's origin. A program that sends its key in `Authorization`, which
    pages can't do, needs none.
    """
    origin = headers.get("origin")
    if origin is None and "authorization" in headers:
        return
    if origin is None or origin not in (own_origin(headers), *settings.MODELSHIP_ORIGINS):
        raise Forbidden("This page may not connect here. Open the site at its own address.", code="origin")


def own_origin(headers: Mapping[str, str]) -> str | None:
    """The origin that the socket itself was asked for at; None for a host that is not ours."""
    host = headers.get("host", "").lower()
    domain, _ = split_domain_port(host)
    if not domain or not validate_host(domain, settings.ALLOWED_HOSTS):
        return None
    return f"{'https' if settings.MODELSHIP_TLS else 'http'}://{host}"
