"""What the pages of cleaning show: rules with their numbers, groups and pictures of a report, clean-ups."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from datasets.actions.check import KIND
from datasets.actions.sweep import KIND as APPLY_KIND
from datasets.actions.sweep import UNDO_KIND
from datasets.clean_queries import UNTOUCHED, findings_of, marked_counts, phash_text
from datasets.cleaning.distance import distance
from datasets.cleaning.rules import BY_NAME, RULES, Chosen, Rule, in_order
from datasets.models import CleanReport, CleanSweep, Dataset, Image
from modelship.accounts.actors import Actor
from modelship.jobs.queries import NEWEST_FIRST, jobs_for
from modelship.jobs.states import FAILED, LIVE
from modelship.web.activity import shown_job

GROUPS_A_PAGE, SHOWN_OF_A_GROUP = 20, 24
KINDS = (KIND, APPLY_KIND, UNDO_KIND)
# What a rule measured, in the words of a card.
MEASURED = {
    "near": "{:.0f} bits away",
    "blurred": "Sharpness {:,.0f}",
    "dark": "Brightness {:.0f}",
    "bright": "Brightness {:.0f}",
    "small": "Shorter side {:,.0f} px",
    "narrow": "{:.1f} times as long",
    "elsewhere": "Also in another dataset",
    "broken": "Can’t be read",
}
LEFT = {
    "labeled": "worked on since",
    "approved": "approved",
    "archived": "archived before",
    "alone": "whose kept one is gone",
}


def rule_fields(chosen: Chosen) -> list[dict[str, Any]]:
    """Every rule as the form shows it: on or off, and its number. What it would find the browser asks for."""
    return [
        {
            "rule": rule,
            "is_on": rule.name in chosen,
            "value": _settings(rule, chosen).get(rule.limit.name) if rule.limit else None,
            "switches": [
                {"switch": switch, "is_on": _settings(rule, chosen)[switch.name]} for switch in rule.switches
            ],
        }
        for rule in RULES
    ]


def _settings(rule: Rule, chosen: Chosen) -> dict[str, Any]:
    return chosen.get(rule.name) or rule.parse(True) or {}


def chosen_in(form: Mapping[str, Any]) -> dict[str, Any]:
    """What a sent form says, for `parse_rules` to judge."""
    given: dict[str, Any] = {}
    for rule in RULES:
        if f"on-{rule.name}" not in form:
            continue
        settings: dict[str, Any] = {name.name: f"{rule.name}-{name.name}" in form for name in rule.switches}
        if rule.limit:
            settings[rule.limit.name] = _number(form.get(f"{rule.name}-{rule.limit.name}", ""))
        given[rule.name] = settings
    return given


def _number(text: str) -> float | str:
    """The text where it is no number: the rule refuses it in its own words."""
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def rule_tabs(report: CleanReport, current: str) -> list[dict[str, Any]]:
    """The rules of a report with how many pictures each found, and how many of them would go."""
    marked = marked_counts(report)
    return [
        {
            "name": name,
            "title": BY_NAME[name].title,
            "help": BY_NAME[name].help,
            "count": found["images"],
            "groups": found.get("groups"),
            "marked": marked.get(name, 0),
            "is_current": name == current,
        }
        for name, found in in_order(report.counts)
    ]


def first_with_findings(report: CleanReport) -> str:
    """The rule to look at first: the first that found anything."""
    named = in_order(report.counts)
    return next((name for name, found in named if found["images"]), named[0][0])


def groups_after(report: CleanReport, after: int) -> list[dict[str, Any]]:
    """A page of groups of near duplicates, each with its best first; of a very large one only the first pictures.

    The distance is to the picture that is the best now: people may have chosen another than the check.
    """
    with_turned = report.rules["near"]["turned"]
    rows = findings_of(report).filter(rule="near", group__gt=after, group__lte=after + GROUPS_A_PAGE)
    numbered = rows.annotate(
        place=Window(RowNumber(), partition_by=F("group"), order_by=[F("is_kept").desc(), F("id").asc()]),
        members=Window(Count("id"), partition_by=F("group")),
    )
    groups: dict[int, dict[str, Any]] = {}
    for row in numbered.filter(place__lte=SHOWN_OF_A_GROUP).order_by("group", "place"):
        group = groups.setdefault(
            row["group"], {"number": row["group"], "members": row["members"], "cards": [], "more": 0}
        )
        best = group.setdefault("best", row)
        far = distance(best["image__phash"] or 0, row["image__phash"] or 0, with_turned=with_turned)
        group["cards"].append(card({**row, "value": far}))
    for group in groups.values():
        group["more"] = group["members"] - len(group["cards"])
    return list(groups.values())


def card(row: dict[str, Any]) -> dict[str, Any]:
    """One picture of a report."""
    image_id = row["image_id"]
    is_archived = row["image__archived_at"] is not None
    return {
        "id": str(image_id),
        "filename": row["image__filename"],
        "size": f"{row['image__width']:,} × {row['image__height']:,}",
        "boxes": row["image__box_count"],
        "sharpness": row["image__sharpness"],
        "state": row["image__state"],
        "measured": measured(row["rule"], row["value"]),
        "phash": phash_text(row["image__phash"]) or "",
        "verdict": "gone"
        if is_archived
        else "best"
        if row["is_kept"]
        else "archive"
        if row["marked"]
        else "keep",
        "is_grouped": row["group"] is not None,
        "is_approved": row["image__state"] == Image.State.APPROVED,
        "is_worked_on": row["image__state"] not in UNTOUCHED,
        "thumbnail": reverse("api-image-thumbnail", args=[image_id]),
        "href": reverse("editor", args=[image_id]),
    }


def measured(rule: str, value: float) -> str:
    return "1 bit away" if rule == "near" and value == 1 else MEASURED[rule].format(value)


def jobs_of(actor: Actor, dataset: Dataset) -> list[dict[str, Any]]:
    """The checks and clean-ups that are under way, and the last one where it failed."""
    rows = jobs_for(actor).filter(project=dataset.project, kind__in=KINDS, args__dataset=str(dataset.id))
    latest = rows.order_by(*NEWEST_FIRST)[:4]
    return [
        shown_job(job)
        for place, job in enumerate(latest)
        if job.state in LIVE or (place == 0 and job.state == FAILED)
    ]


def sweeps_of(dataset: Dataset, most: int) -> list[dict[str, Any]]:
    """The last clean-ups that archived anything, in words."""
    rows = CleanSweep.objects.filter(dataset=dataset, finished_at__isnull=False).select_related("created_by")
    return [
        {"sweep": sweep, "left": left(sweep.skipped)} for sweep in rows.order_by("-created_at", "-id")[:most]
    ]


def left(skipped: Mapping[str, int]) -> str:
    """ "3 worked on since, 1 approved": why pictures were left."""
    return ", ".join(f"{count:,} {LEFT.get(reason, reason)}" for reason, count in sorted(skipped.items()))


def archive_card(image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "filename": image.filename,
        "reason": image.archived_for,
        "at": image.archived_at,
        "thumbnail": reverse("api-image-thumbnail", args=[image.id]),
    }
