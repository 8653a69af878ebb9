"""Credentials of Google and Microsoft, against servers that check what was signed: right, wrong, ended, rotated."""

import base64
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from datasets.models import Dataset, Image
from modelship.audit.models import AuditEntry
from modelship.jobs.models import Job
from modelship.lib.errors import Problem
from tests.datasets.pictures import picture
from tests.datasets.sources.folder import add_source, counts, ingest, send
from tests.datasets.sources.places import PLACES, Place, sas_of
from tests.datasets.sources.servers.signatures import ServiceAccount
from tests.datasets.sources.servers.site import REMOTE_WORDS, SECRET
from tests.datasets.sources.test_each_kind import fetched
from tests.people import Person

OTHER_KEY = base64.b64encode(b"another-key").decode()


@contextmanager
def place_of(kind: str, folder: Path) -> Iterator[Place]:
    with PLACES[kind](folder) as place, override_settings(MODELSHIP_OUTBOUND_ALLOW=place.allow):
        for number in range(4):
            place.files[f"deep/ü {number}+&=.png"] = picture(number)
        yield place


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Place]:
    with place_of("gcs", tmp_path) as place:
        yield place


@pytest.fixture
def microsoft(tmp_path: Path) -> Iterator[Place]:
    with place_of("azure", tmp_path) as place:
        yield place


def read_all(place: Place, **values: str) -> list[bytes]:
    with place.opened(**values) as reader:
        return [fetched(reader, entry) for entry in reader.entries()]


def refusal(place: Place, **values: str) -> dict[str, Any]:
    with pytest.raises(Problem) as refused:
        read_all(place, **values)
    told = refused.value.as_dict()
    assert REMOTE_WORDS not in str(told)
    assert SECRET not in str(told)
    return told


def test_a_service_account_signs_for_a_token_and_reads(google: Place):
    assert read_all(google) == [picture(number) for number in range(4)]

    assert [path for _, path in google.site.asked].count("/token") == 1


def test_a_token_that_ends_mid_way_is_asked_for_again(google: Place):
    with google.opened() as reader:
        entries = list(reader.entries())
        google.site.tokens.clear()

        assert fetched(reader, entries[0]) == picture(0)

    assert [path for _, path in google.site.asked].count("/token") == 2


def test_nothing_is_asked_for_but_the_files(google: Place):
    read_all(google)

    assert [path for _, path in google.site.asked if "/o" not in path] == ["/token"]


def test_a_public_bucket_needs_no_key(google: Place):
    google.site.account = None

    assert len(read_all(google, service_account="")) == 4


def test_a_key_that_is_not_the_accounts_is_refused(google: Place):
    token_uri = f"{google.site.url}/token"
    stranger = ServiceAccount().key_file(token_uri)
    revoked = google.values["service_account"]

    assert refusal(google, service_account=stranger)["code"] == "credentials_refused"
    google.site.account = ServiceAccount()
    assert refusal(google, service_account=revoked)["code"] == "credentials_refused"
    assert refusal(google, service_account="")["code"] == "credentials_refused"


def test_a_key_file_that_is_none_is_told_at_its_field(google: Place):
    whole = json.loads(google.values["service_account"])
    broken = [
        "not JSON",
        "[]",
        "{}",
        json.dumps(
            {**whole, "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}
        ),
        json.dumps({name: value for name, value in whole.items() if name != "client_email"}),
        json.dumps({**whole, "private_key": 7}),
    ]
    for text in broken:
        told = refusal(google, service_account=text)
        assert (told["status"], told["code"], told["field"]) == (422, "bad_key_file", "service_account"), text


def test_tokens_come_from_no_place_that_may_not_be_reached(google: Place):
    key_file = google.site.account.key_file("http://169.254.169.254/token")

    assert refusal(google, service_account=key_file)["code"] in ("address_denied", "not_encrypted")
    assert google.site.asked == []


def test_a_place_of_tokens_in_trouble_may_heal(google: Place):
    google.site.down = True

    assert refusal(google)["status"] == 503


def test_a_shared_key_signs_every_call(microsoft: Place):
    key = microsoft.site.key

    assert len(read_all(microsoft, sas="", key=key)) == 4
    # A folder's name goes into what is signed.
    assert len(read_all(microsoft, sas="", key=key, prefix="deep")) == 4


@pytest.mark.parametrize("sas", ["?{}", "{}"])
def test_a_shared_access_signature_is_taken_with_and_without_its_question_mark(microsoft: Place, sas: str):
    assert len(read_all(microsoft, sas=sas.format(sas_of(microsoft.site.key)))) == 4


def test_what_microsoft_does_not_accept_is_told(microsoft: Place):
    key = microsoft.site.key
    for values in (
        {"sas": "", "key": OTHER_KEY},
        {"sas": "", "key": key, "account": "stranger"},
        {"sas": sas_of(OTHER_KEY)},
        {"sas": sas_of(key, hours=-1)},
        {"sas": sas_of(key, rights="r")},
        {"sas": sas_of(key).replace("sp=rl", "sp=rwl")},
        {"sas": "", "key": ""},
    ):
        assert refusal(microsoft, **values)["code"] == "credentials_refused", values


def test_a_shared_key_that_is_no_key_is_told(microsoft: Place):
    told = refusal(microsoft, sas="", key="not base64 at all!")

    assert (told["status"], told["code"]) == (422, "malformed_settings")
    assert told["field"] == "key"


def test_a_signature_that_ends_mid_way_is_told(microsoft: Place):
    with microsoft.opened() as reader:
        entries = list(reader.entries())
        microsoft.site.key = OTHER_KEY

        with pytest.raises(Problem) as refused:
            fetched(reader, entries[0])

    assert refused.value.code == "credentials_refused"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "field"), [("gcs", "service_account"), ("azure", "key")])
def test_a_secret_is_rotated_over_rest_and_is_nowhere_to_be_read(
    alice: Person, dataset: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, field: str
):
    caplog.set_level(logging.DEBUG)
    with place_of(kind, tmp_path) as place:
        old, new = secrets_of(place)
        config = {name: value for name, value in place.values.items() if name != "sas"}
        source = add_source(alice, dataset, kind, {**config, field: old})
        answers = [send(alice, "post", f"sources/{source.id}/test")]
        assert answers[0].status_code == 200
        rotate(place, new)

        answers.append(send(alice, "post", f"sources/{source.id}/test"))
        job = ingest(alice, source)
        assert (answers[1].status_code, answers[1].json()["code"]) == (422, "credentials_refused")
        assert (job.state, job.error["code"]) == ("failed", "credentials_refused")
        assert not Image.objects.exists()
        answers.append(send(alice, "patch", f"sources/{source.id}", {"config": {field: as_told(new)}}))
        answers.append(send(alice, "post", f"sources/{source.id}/test"))
        assert [answer.status_code for answer in answers[2:]] == [200, 200]
        assert counts(ingest(alice, source)) == {"created": 4}
        answers.append(alice.api.get(f"/api/v1/sources/{source.id}"))
        answers.append(alice.api.get(f"/api/v1/ingest/status?source={source.id}"))

    everywhere = caplog.text + "".join(answer.content.decode() for answer in answers)
    everywhere += json.dumps(list(Job.objects.values_list("error", "result", "args")), default=str)
    everywhere += json.dumps(list(AuditEntry.objects.values_list("facts", flat=True)))
    assert key_part(old) not in everywhere
    assert key_part(as_told(new)) not in everywhere
    assert SECRET not in everywhere


def secrets_of(place: Place) -> tuple[str, Any]:
    if place.kind == "azure":
        return place.site.key, OTHER_KEY
    return place.values["service_account"], place


def rotate(place: Place, new: Any) -> None:
    if place.kind == "azure":
        place.site.key = new
    else:
        place.site.account = ServiceAccount()


def as_told(new: Any) -> str:
    return new if isinstance(new, str) else new.site.account.key_file(f"{new.site.url}/token")


def key_part(secret: str) -> str:
    """What nobody could have by chance."""
    return secret if not secret.startswith("{") else json.loads(secret)["private_key"].splitlines()[3]
