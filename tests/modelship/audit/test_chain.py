"""The audit trail: appended only, and any touch shows."""

import pytest
from django.core.management import CommandError, call_command

from modelship.audit.actions import record
from modelship.audit.models import AuditEntry, AuditHead
from modelship.audit.queries import first_break
from tests.people import Person


@pytest.fixture
def trail(alice: Person) -> list[AuditEntry]:
    for number in range(5):
        record(alice.actor, "thing.done", f"thing:{number}", size=number / 3)
    return list(AuditEntry.objects.filter(tenant=alice.tenant).order_by("number"))


def test_a_whole_chain_verifies(alice: Person, trail: list[AuditEntry]):
    assert first_break(alice.tenant) is None
    call_command("verify_audit", json=True)


@pytest.mark.parametrize(
    "change", [{"verb": "other"}, {"facts": {"size": 9}}, {"actor": {}}, {"number": 999}]
)
def test_an_altered_entry_shows(change: dict, alice: Person, trail: list[AuditEntry]):
    AuditEntry.objects.filter(pk=trail[2].pk).update(**change)

    assert first_break(alice.tenant) == trail[2].number
    with pytest.raises(CommandError, match="acme"):
        call_command("verify_audit")


@pytest.mark.parametrize("place", [0, 2, -1])
def test_a_removed_entry_shows(place: int, alice: Person, trail: list[AuditEntry]):
    AuditEntry.objects.filter(pk=trail[place].pk)._raw_delete(AuditEntry.objects.db)

    assert first_break(alice.tenant) == trail[place].number


def test_entries_refuse_change_and_deletion(trail: list[AuditEntry]):
    with pytest.raises(TypeError):
        trail[0].save()
    with pytest.raises(TypeError):
        trail[0].delete()


def test_a_change_that_fails_leaves_no_entry(alice: Person):
    before = AuditHead.objects.get(tenant=alice.tenant).number

    taken = alice.api.post("/api/v1/projects", {"name": "x" * 201}, content_type="application/json")

    assert taken.status_code == 400
    assert AuditHead.objects.get(tenant=alice.tenant).number == before
