import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cookie", "shown"), [(None, "system"), ("dark", "dark"), ("light", "light"), ("x", "system")]
)
def test_the_server_renders_the_chosen_theme(cookie: str | None, shown: str):
    client = Client()
    if cookie:
        client.cookies["theme"] = cookie

    page = client.get("/accounts/login/").content.decode()

    assert f'data-theme="{shown}"' in page


@pytest.mark.django_db
def test_the_switch_works_without_javascript_and_returns_to_the_page():
    client = Client()

    answer = client.post("/theme/", {"theme": "dark", "next": "/projects/?q=x"})

    assert answer.url == "/projects/?q=x"
    assert client.cookies["theme"].value == "dark"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(address: str):
    assert Client().post("/theme/", {"theme": "dark", "next": address}).url == "/"


@pytest.mark.django_db
def test_an_unknown_theme_is_not_stored():
    client = Client()

    client.post("/theme/", {"theme": "<script>", "next": "/"})

    assert "theme" not in client.cookies
