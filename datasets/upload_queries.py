"""Reads of uploads, each through the tenancy gate, and the shapes in which every door shows them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from datasets.models import Image, UploadSession, UploadVerdict
from datasets.queries import image_dict
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import now, wire
from modelship.lib.errors import Conflict, Gone, NotFound
from modelship.projects.gate import check

# What judging and showing an upload need of others.
RELATED = ("dataset__project", "dataset__tenant", "tenant", "job")


def upload_for(actor: Actor, upload_id: UUID, need: str) -> UploadSession:
    """The actor's upload. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = UploadSession.objects.select_related(*RELATED)
    found = rows.filter(tenant=actor.tenant, id=upload_id).first()
    if found is None:
        raise NotFound()
    check(actor, found.dataset.project, need)
    return found


def check_open(session: UploadSession) -> None:
    """Raises Gone for an upload that takes no more bytes for good, Conflict while it is judged."""
    if session.state == UploadSession.State.COMPLETING:
        raise Conflict("This upload is being judged. Ask for its verdict in a moment.", code="upload_busy")
    is_open = session.state == UploadSession.State.OPEN
    if session.state == UploadSession.State.EXPIRED or (is_open and session.expires_at <= now()):
        raise Gone("This upload has expired. Start it again.", code="upload_expired")
    if not is_open:
        raise Gone("This upload has ended. Start another one for another file.", code="upload_ended")


def expiry() -> datetime:
    """When an upload that gets its last byte now will be given up."""
    return now() + timedelta(hours=settings.MODELSHIP_UPLOAD_HOURS)


def verdicts_of(session: UploadSession, status: str = "") -> QuerySet[UploadVerdict]:
    rows = session.verdicts.all()
    return rows.filter(status=status) if status else rows


def upload_dict(session: UploadSession) -> dict[str, Any]:
    return {
        "id": str(session.id),
        "dataset": str(session.dataset_id),
        "filename": session.filename,
        "size": session.size,
        "sha256": session.sha256 or None,
        "content_type": session.content_type or None,
        "kind": session.kind,
        "state": session.state,
        "offset": session.offset,
        "url": tus_url(session) if session.kind == UploadSession.Kind.TUS else None,
        "verdict": shown_verdict(session),
        "job": job_dict(session.job) if session.job else None,
        "created_at": wire(session.created_at),
        "expires_at": wire(session.expires_at),
    }


def shown_verdict(session: UploadSession) -> dict[str, Any] | None:
    """The verdict in the shape of a multipart upload's, with the image as it is now; None before there is one."""
    if session.verdict is None:
        return None
    image_id = session.verdict["image"]
    rows = Image.objects.select_related("blob").filter(tenant=session.tenant_id, id=image_id)
    image = rows.first() if image_id else None
    return {**session.verdict, "image": image_dict(image) if image else None}


def member_dict(row: UploadVerdict) -> dict[str, Any]:
    return {
        "number": row.number,
        "path": row.path,
        "status": row.status,
        "image": str(row.image_id) if row.image_id else None,
        "problem": {"code": row.code, "detail": row.detail} if row.code else None,
    }


def tus_url(session: UploadSession) -> str:
    return reverse("api-tus-upload", args=[session.id])
