"""What pages show of assignments: who may get pictures, and one's own tasks as links."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from annotations.assignment_queries import LABEL, REVIEW, tasks_of
from datasets.audience import people_who_see
from datasets.models import Dataset
from datasets.search.reading import LINE
from modelship.accounts.actors import Actor
from modelship.lib.clock import now

MOST_TASKS = 6
WORDS = {LABEL.value: ("to label", "square-pen"), REVIEW.value: ("to review", "eye")}


def workers_of(dataset: Dataset) -> list[dict[str, Any]]:
    """Who may label here, by name, and whether they may review, too."""
    reviewers = {user.pk for user in people_who_see(dataset, "review")}
    return [
        {
            "id": str(user.pk),
            "name": user.display_name,
            "email": user.email,
            "may_review": user.pk in reviewers,
        }
        for user in people_who_see(dataset, "annotate")
    ]


def own_tasks(actor: Actor) -> list[dict[str, Any]]:
    """The actor's open tasks by dataset and purpose, those that are due first, each as a link to them."""
    shown = []
    for task in tasks_of(actor)[:MOST_TASKS]:
        words, icon = WORDS[task["purpose"]]
        line = f"assignee:me task:{task['purpose']} task:open"
        page = reverse("dataset", args=[task["dataset"]])
        text = f"{task['count']:,} {words} in {task['name']}"
        href = f"{page}?{urlencode({LINE: line})}"
        is_overdue = task["due"] is not None and task["due"] < now().date()
        shown.append({"href": href, "icon": icon, "text": text, "due": task["due"], "is_overdue": is_overdue})
    return shown
