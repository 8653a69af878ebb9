"""The address of a mail server as the operator writes it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from modelship.settings import env


def test_without_a_server_mail_is_printed():
    assert env.mail("") == {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}


@pytest.mark.parametrize(
    ("url", "place", "secure"),
    [
        ("smtp://mail.example", ("mail.example", 25, "", ""), (False, False)),
        ("smtp+tls://ann%40x:p%3Aw@mail.example", ("mail.example", 587, "ann@x", "p:w"), (True, False)),
        ("smtp+ssl://mail.example:2465", ("mail.example", 2465, "", ""), (False, True)),
    ],
)
def test_a_server_is_reached_as_its_address_says(url: str, place: tuple, secure: tuple):
    found = env.mail(url)

    keys = ("EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD")
    assert tuple(found[key] for key in keys) == place
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == secure


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://"])
def test_an_address_that_is_none_stops_the_start(url: str):
    with pytest.raises(ImproperlyConfigured):
        env.mail(url)
