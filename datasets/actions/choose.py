"""Deciding over the findings of a report: which of a group is kept, and what the next clean-up archives."""

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from datasets.clean_queries import UNTOUCHED
from datasets.models import CleanFinding, CleanReport, Image
from modelship.accounts.actors import Actor
from modelship.audit.actions import record
from modelship.lib.errors import NotFound, Unprocessable

# `best` makes the picture the one that its group keeps, instead of the one before.
ACTIONS = ("keep", "archive", "best")
APPROVED = Image.State.APPROVED


@transaction.atomic
def choose(actor: Actor, report: CleanReport, rule: str, choices: Mapping[UUID, str]) -> int:
    """Decide over single findings of a rule; returns how many pictures were named.

    Raises NotFound for a picture that the rule did not find, Unprocessable for archiving an approved one
    and for the best of no group. All or none.
    """
    findings = CleanFinding.objects.filter(report=report, rule=rule, image__in=choices)
    rows = {row.image_id: row for row in findings.select_related("image").select_for_update(of=("self",))}
    if len(rows) < len(choices):
        raise NotFound("A picture is not among the findings of this rule. Load the report again.")
    for image_id, action in choices.items():
        _apply(report, rows[image_id], action)
    facts = {
        "report": str(report.id),
        "rule": rule,
        "images": {str(key): word for key, word in choices.items()},
    }
    record(actor, "clean.chosen", f"dataset:{report.dataset_id}", **facts)
    return len(rows)


@transaction.atomic
def choose_all(actor: Actor, report: CleanReport, rule: str, action: str) -> int:
    """Decide over all findings of a rule at once; the kept ones of groups and approved pictures stay unmarked."""
    rows = CleanFinding.objects.filter(report=report, rule=rule, is_kept=False)
    if action == "archive":
        changed = rows.exclude(image__state=APPROVED).filter(marked=False).update(marked=True)
    elif action == "keep":
        changed = rows.filter(marked=True).update(marked=False)
    else:
        changed = _suggest(rows)
    record(
        actor, "clean.chosen", f"dataset:{report.dataset_id}", report=str(report.id), rule=rule, all=action
    )
    return changed


def _suggest(rows: QuerySet[CleanFinding]) -> int:
    """As the check left it: what nobody has worked on is marked."""
    wanted = Q(state__in=UNTOUCHED)
    return rows.filter(wanted, marked=False).update(marked=True) + rows.filter(~wanted, marked=True).update(
        marked=False
    )


def _apply(report: CleanReport, finding: CleanFinding, action: str) -> None:
    if action == "archive" and finding.image.state == APPROVED:
        raise Unprocessable(
            f"{finding.image.filename} is approved, so it stays. Reopen it first to archive it.",
            code="approved",
        )
    if action != "best":
        # Without its kept one a group still stands: all of it may go.
        CleanFinding.objects.filter(pk=finding.pk).update(marked=action == "archive")
        return
    if finding.image.archived_at is not None:
        raise Unprocessable(
            f"{finding.image.filename} is archived. Take it back first to keep it.", code="archived"
        )
    if finding.group is None:
        raise Unprocessable("Only near duplicates have a best one. Choose keep or archive.", code="no_group")
    group = CleanFinding.objects.filter(report=report, group=finding.group, rule=finding.rule)
    before = group.filter(is_kept=True).exclude(pk=finding.pk)
    before.filter(image__state__in=UNTOUCHED).update(marked=True)
    before.update(is_kept=False)
    group.filter(pk=finding.pk).update(is_kept=True, marked=False)
