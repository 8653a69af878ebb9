"""The description of the API, and the doors that show it."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client


def test_the_schema_is_valid_openapi(tmp_path: Path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))

    assert "/api/v1/media/{image_id}/label" in (tmp_path / "schema.yaml").read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["schema", "docs"])
def test_the_descriptions_are_only_read(path: str):
    answers = [Client().generic(method, f"/api/v1/{path}") for method in ("OPTIONS", "POST", "PUT")]

    assert [answer.status_code for answer in answers] == [405, 405, 405]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_route_that_is_none_is_a_404_whatever_is_sent(method: str):
    answer = Client(enforce_csrf_checks=True).generic(method, "/api/v1/nothing")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
