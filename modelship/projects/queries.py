"""Reads of projects."""

from typing import Any

from django.db.models import Q, QuerySet

from modelship.accounts.actors import Actor
from modelship.lib.clock import wire
from modelship.projects.models import Project


def projects_of(actor: Actor, q: str = "") -> QuerySet[Project]:
    rows = Project.objects.filter(tenant=actor.tenant)
    return rows.filter(Q(name__icontains=q) | Q(description__icontains=q)) if q else rows


def etag_of(project: Project) -> str:
    return f"{int(project.updated_at.timestamp() * 1_000_000):x}"


def project_dict(project: Project) -> dict[str, Any]:
    return {
        "id": str(project.id),
        "name": project.name,
        "description": project.description,
        "created_by": str(project.created_by_id) if project.created_by_id else None,
        "created_at": wire(project.created_at),
        "updated_at": wire(project.updated_at),
    }
