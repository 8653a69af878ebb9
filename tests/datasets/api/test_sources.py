"""Sources over REST: made, shown without their secrets, changed, tried, deleted."""

import json
import logging
from pathlib import Path

import pytest
from django.test import override_settings

from datasets.actions.open_source import secrets_of
from datasets.models import Dataset, Source
from modelship.audit.models import AuditEntry
from tests.datasets.sources.folder import add_source, filled, send
from tests.datasets.sources.servers import clouds
from tests.datasets.sources.servers.site import REMOTE_WORDS, SECRET, serving
from tests.people import Person

pytestmark = pytest.mark.django_db
HIDDEN = "hunter2-hunter2"
S3 = {"bucket": "harbour", "access_key": "alice", "secret_key": HIDDEN}


def test_a_secret_goes_in_and_never_comes_out(alice: Person, dataset: Dataset, caplog):
    caplog.set_level(logging.DEBUG)

    source = add_source(alice, dataset, "s3", S3)

    shown = alice.api.get(f"/api/v1/sources/{source.id}").json()
    assert shown["config"]["secret_key"] == {"set": True}
    assert shown["config"]["bucket"] == "harbour"
    assert secrets_of(source) == {"secret_key": HIDDEN}
    everywhere = [
        json.dumps(shown),
        alice.api.get("/api/v1/sources").content.decode(),
        json.dumps(Source.objects.filter(id=source.id).values("config", "secret", "secret_names")[0]),
        json.dumps(list(AuditEntry.objects.values_list("facts", flat=True))),
        caplog.text,
    ]
    assert [text for text in everywhere if HIDDEN in text] == []


def test_a_change_keeps_the_secrets_that_it_does_not_name(alice: Person, dataset: Dataset):
    source = add_source(alice, dataset, "s3", S3)
    shown = alice.api.get(f"/api/v1/sources/{source.id}").json()["config"]

    answer = send(alice, "patch", f"sources/{source.id}", {"config": {**shown, "prefix": "north"}})

    assert answer.status_code == 200, answer.content
    source.refresh_from_db()
    assert (source.config["prefix"], secrets_of(source)) == ("north", {"secret_key": HIDDEN})
    send(alice, "patch", f"sources/{source.id}", {"config": {"secret_key": "another"}})
    source.refresh_from_db()
    assert secrets_of(source) == {"secret_key": "another"}


def test_a_new_server_key_asks_for_the_secrets_again_and_an_old_one_may_be_named(
    alice: Person, dataset: Dataset, settings
):
    source = add_source(alice, dataset, "s3", S3)
    old = settings.SECRET_KEY

    with override_settings(SECRET_KEY="x" * 50):
        answer = send(alice, "post", f"sources/{source.id}/test")
        assert (answer.status_code, answer.json()["code"]) == (409, "secrets_unreadable")
        send(alice, "patch", f"sources/{source.id}", {"config": {"secret_key": "entered again"}})
        source.refresh_from_db()
        assert secrets_of(source) == {"secret_key": "entered again"}
    kept = add_source(alice, dataset, "s3", S3, "Kept")
    with override_settings(SECRET_KEY="x" * 50, SECRET_KEY_FALLBACKS=[old]):
        assert secrets_of(kept) == {"secret_key": HIDDEN}


@pytest.mark.parametrize(
    ("kind", "config", "field"),
    [
        ("s3", {}, "bucket"),
        ("s3", {"bucket": "a", "colour": "red"}, "colour"),
        ("s3", {"bucket": ["a"]}, "bucket"),
        ("s3", {"bucket": "a\nb"}, "bucket"),
        ("s3", {"bucket": "a" * 300}, "bucket"),
        ("local", {"folder": "/x", "recursive": "perhaps"}, "recursive"),
        ("s3", [], "config"),
    ],
)
def test_settings_that_its_kind_does_not_have_are_refused(
    alice: Person, dataset: Dataset, kind: str, config: object, field: str
):
    body = {"dataset": str(dataset.id), "kind": kind, "name": "Quay", "config": config}

    answer = send(alice, "post", "sources", body)

    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("kind", "config", "code"),
    [
        ("local", {"folder": "/etc"}, "folder_denied"),
        ("s3", {**S3, "endpoint": "https://169.254.169.254"}, "address_denied"),
        ("s3", {**S3, "endpoint": "http://s3.example.com"}, "not_encrypted"),
        ("s3", {**S3, "endpoint": "file:///etc"}, "bad_url"),
        ("sftp", {"host": "127.0.0.1", "user": "quay", "password": HIDDEN}, "address_denied"),
        ("sftp", {"host": "::1", "user": "quay", "password": HIDDEN}, "address_denied"),
        ("dropbox", {"access_token": HIDDEN, "endpoint": "https://[fd00::1]"}, "address_denied"),
    ],
)
def test_a_place_that_may_never_be_opened_is_not_kept(
    alice: Person, dataset: Dataset, kind: str, config: dict, code: str
):
    body = {"dataset": str(dataset.id), "kind": kind, "name": "Quay", "config": config}

    answer = send(alice, "post", "sources", body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert HIDDEN not in answer.content.decode()
    assert not Source.objects.exists()


def test_a_kept_place_can_not_be_moved_to_one_that_may_not_be_opened(alice: Person, dataset: Dataset):
    source = add_source(alice, dataset, "s3", S3)

    answer = send(alice, "patch", f"sources/{source.id}", {"config": {**S3, "endpoint": "https://10.0.0.1"}})

    assert (answer.status_code, answer.json()["code"]) == (400, "address_denied")
    source.refresh_from_db()
    assert "endpoint" not in source.config


@pytest.mark.parametrize(
    "folder", ["/", "/etc", "{allowed}/../secret", "{allowed}x", "{allowed}/link", "relative"]
)
def test_a_folder_that_the_operator_did_not_open_is_not_read(
    alice: Person, dataset: Dataset, tmp_path: Path, folder: str
):
    allowed = filled(tmp_path / "open", 1)
    filled(tmp_path / "secret", 1)
    filled(tmp_path / "openx", 1)
    (allowed / "link").symlink_to(tmp_path / "secret")
    source = add_source(alice, dataset, "local", {"folder": folder.format(allowed=allowed)})

    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(allowed)]):
        answer = send(alice, "post", f"sources/{source.id}/test")

    assert (answer.status_code, answer.json()["code"]) == (400, "folder_denied")
    assert "MODELSHIP_SOURCE_FOLDERS" in answer.json()["detail"]


def test_trying_shows_the_first_files(alice: Person, dataset: Dataset, tmp_path: Path):
    source = add_source(alice, dataset, "local", {"folder": str(filled(tmp_path, 9))})

    with override_settings(MODELSHIP_SOURCE_FOLDERS=[str(tmp_path)]):
        answer = send(alice, "post", f"sources/{source.id}/test")

    assert answer.status_code == 200
    assert len(answer.json()["files"]) == 5


def test_trying_tells_why_not_without_a_word_of_the_other_side(alice: Person, dataset: Dataset):
    with serving(clouds.dropbox()) as site, override_settings(MODELSHIP_OUTBOUND_ALLOW=[site.place]):
        source = add_source(alice, dataset, "dropbox", {"access_token": HIDDEN, "endpoint": site.url})
        answer = send(alice, "post", f"sources/{source.id}/test")

    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_refused")
    assert all(word not in answer.content.decode() for word in (REMOTE_WORDS, SECRET, HIDDEN))


def test_a_reviewer_looks_and_changes_nothing(alice: Person, bob: Person, dataset: Dataset):
    source = add_source(alice, dataset, "s3", S3)

    assert bob.api.get(f"/api/v1/sources/{source.id}").status_code == 200
    for verb, path in (
        ("patch", f"sources/{source.id}"),
        ("delete", f"sources/{source.id}"),
        ("post", f"sources/{source.id}/test"),
    ):
        assert send(bob, verb, path).status_code == 403
    assert send(bob, "post", "ingest", {"source": str(source.id)}).status_code == 403
    assert Source.objects.get().updated_at == source.updated_at


def test_the_kinds_tell_what_a_form_needs(alice: Person):
    kinds = {one["kind"]: one for one in alice.api.get("/api/v1/sources/kinds").json()["results"]}

    assert list(kinds) == ["local", "s3", "dropbox", "gcs", "azure", "sftp", "http", "archive"]
    [key] = [one for one in kinds["s3"]["fields"] if one["name"] == "secret_key"]
    assert (key["secret"], key["required"]) == (True, False)
    assert all(one["title"] for kind in kinds.values() for one in kind["fields"])
