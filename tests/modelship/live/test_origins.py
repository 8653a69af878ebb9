from typing import Any

import pytest

from modelship.lib.errors import Forbidden
from modelship.live.origins import check_origin


@pytest.fixture(autouse=True)
def site(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "label.example"]
    settings.MODELSHIP_ORIGINS = ["https://tools.example:8443"]
    settings.MODELSHIP_TLS = False


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8000"},
        {"host": "label.example", "origin": "http://label.example"},
        {"host": "127.0.0.1:8000", "origin": "https://tools.example:8443"},
        {"host": "127.0.0.1:8000", "authorization": "Api-Key x"},
    ],
)
def test_own_and_named_origins_and_programs_pass(headers: dict[str, str]):
    check_origin(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "127.0.0.1:8000"},
        {"host": "127.0.0.1:8000", "cookie": "sessionid=x"},
        {"host": "127.0.0.1:8000", "origin": "null"},
        {"host": "127.0.0.1:8000", "origin": ""},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1"},
        {"host": "127.0.0.1:8000", "origin": "http://127.0.0.1:8001"},
        {"host": "127.0.0.1:8000", "origin": "https://127.0.0.1:8000"},
        {"host": "127.0.0.1:8000", "origin": "https://tools.example"},
        {"host": "127.0.0.1:8000", "origin": "http://evil.example", "authorization": "Api-Key x"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": "", "origin": "http://"},
        {"origin": "None"},
    ],
)
def test_everything_else_is_refused(headers: dict[str, str]):
    with pytest.raises(Forbidden):
        check_origin(headers)


def test_behind_tls_the_page_is_https(settings: Any):
    settings.MODELSHIP_TLS = True

    check_origin({"host": "label.example", "origin": "https://label.example"})
    with pytest.raises(Forbidden):
        check_origin({"host": "label.example", "origin": "http://label.example"})
