"""Fixtures that every part shares."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from annotations.models import LabelClass
from datasets.models import Dataset
from modelship.accounts.models import Tenant
from modelship.projects.models import Project
from tests.migrated import migrated
from tests.people import Person, make_person, make_tenant

# What a test has that can tell one database, or one Redis, from another.
CONNECTED = {"db", "transactional_db", "server", "world", "first_run", "live_server"}


# Until when tests may begin, in seconds since 1970: a run that has only so long ends in time and says what it left out.
UNTIL = float(os.environ.get("MODELSHIP_TEST_UNTIL") or "inf")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if time.time() > UNTIL:
        pytest.skip("no time was left for it in this run")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are numbered, not spelled: archives tell the time and frames are masked, and workers must agree on names."""
    return argname if isinstance(val, bytes) else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--connected", action="store_true", help="only tests that reach a database, Redis or a server"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--connected`, leave out what is the same whatever the product is connected to."""
    if not config.getoption("--connected"):
        return
    away = [item for item in items if not _is_connected(item)]
    config.hook.pytest_deselected(items=away)
    items[:] = [item for item in items if _is_connected(item)]


def _is_connected(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(item.get_closest_marker("django_db") or fixtures & CONNECTED or "live" in item.path.parts)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """On SQLite the database lies there already, see below."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_keepdb: bool
) -> Iterator[None]:
    """A copy of a migrated database for each process of the run."""
    if not django_db_keepdb:
        yield
        return
    file = Path(connection.settings_dict["TEST"]["NAME"])
    shutil.copy(migrated(), file)
    yield
    connection.close()
    for leftover in file.parent.glob(f"{file.name}*"):
        leftover.unlink()


@pytest.fixture
def acme(db: None) -> Tenant:
    return make_tenant("acme")


@pytest.fixture
def alice(acme: Tenant) -> Person:
    return make_person("Alice", acme, "owner")


@pytest.fixture
def bob(acme: Tenant) -> Person:
    return make_person("Bob", acme, "reviewer")


@pytest.fixture
def ann(acme: Tenant) -> Person:
    return make_person("Ann", acme, "annotator")


@pytest.fixture
def vic(acme: Tenant) -> Person:
    return make_person("Vic", acme, "viewer")


@pytest.fixture
def charlie(db: None) -> Person:
    return make_person("Charlie", make_tenant("rival"), "owner")


@pytest.fixture
def project(alice: Person) -> Project:
    project = Project.objects.create(tenant=alice.tenant, name="Harbour", created_by=alice.user)
    for order, (name, color, hotkey) in enumerate([("boat", "#0072b2", "1"), ("crane", "#d55e00", "2")]):
        LabelClass.objects.create(project=project, name=name, color=color, hotkey=hotkey, order=order)
    return project


@pytest.fixture
def dataset(project: Project, alice: Person) -> Dataset:
    return Dataset.objects.create(
        tenant=alice.tenant, project=project, name="North quay", created_by=alice.user
    )
