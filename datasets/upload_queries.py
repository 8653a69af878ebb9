"""Reads of uploads, each through the tenancy gate, and the shapes in which every door shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from datasets.audience import check_in, hidden_from
from datasets.models import Image, UploadSession, UploadVerdict
from datasets.queries import dataset_for, image_dict
from modelship.accounts.actors import Actor
from modelship.jobs.queries import job_dict
from modelship.lib.clock import now, wire
from modelship.lib.errors import Conflict, Gone, NotFound
from modelship.projects.gate import can

# What judging and showing an upload need of others.
RELATED = ("dataset__project", "dataset__tenant", "tenant", "job")
NEWEST_FIRST = ("-created_at", "-id")
State = UploadSession.State


def upload_for(actor: Actor, upload_id: UUID, need: str) -> UploadSession:
    """The actor's upload. Raises NotFound for a foreign or absent one, Forbidden for too low a role."""
    rows = UploadSession.objects.select_related(*RELATED)
    found = rows.filter(tenant=actor.tenant, id=upload_id).first()
    if found is None:
        raise NotFound()
    check_in(actor, found.dataset, need)
    return found


def uploads_for(actor: Actor, *, dataset_id: UUID | None = None, state: str = "") -> QuerySet[UploadSession]:
    """The actor's own uploads; of one dataset everybody's, for who manages it.

    Raises NotFound and Forbidden as `dataset_for` does.
    """
    rows, own = (
        UploadSession.objects.select_related("job").filter(tenant=actor.tenant),
        Q(created_by=actor.user),
    )
    rows = rows.exclude(dataset__in=hidden_from(actor).values("pk"))
    if dataset_id is not None:
        dataset = dataset_for(actor, dataset_id, "view")
        rows = rows.filter(dataset=dataset)
        own = Q() if can(actor, dataset.project, "manage") else own
    return _in_state(rows.filter(own), state) if state else rows.filter(own)


def _in_state(rows: QuerySet[UploadSession], state: str) -> QuerySet[UploadSession]:
    """What `state_of` calls so: the row itself learns only later that its time has run out."""
    late = Q(state=State.OPEN, expires_at__lte=now())
    if state == State.EXPIRED:
        return rows.filter(Q(state=state) | late)
    return rows.filter(state=state).exclude(late)


def state_of(session: UploadSession) -> str:
    is_late = session.state == State.OPEN and session.expires_at <= now()
    return State.EXPIRED if is_late else session.state


def check_open(session: UploadSession) -> None:
    """Raises Gone for an upload that takes no more bytes for good, Conflict while it is judged."""
    if session.state == State.COMPLETING:
        raise Conflict("This upload is being judged. Ask for its verdict in a moment.", code="upload_busy")
    if state_of(session) == State.EXPIRED:
        raise Gone("This upload has expired. Start it again.", code="upload_expired")
    if session.state != State.OPEN:
        raise Gone("This upload has ended. Start another one for another file.", code="upload_ended")


def expiry() -> datetime:
    """When an upload that gets its last byte now will be given up."""
    return now() + timedelta(hours=settings.MODELSHIP_UPLOAD_HOURS)


def verdicts_of(session: UploadSession, status: str = "") -> QuerySet[UploadVerdict]:
    rows = session.verdicts.all()
    return rows.filter(status=status) if status else rows


def upload_dict(session: UploadSession) -> dict[str, Any]:
    return upload_dicts([session])[0]


def upload_dicts(sessions: Sequence[UploadSession]) -> list[dict[str, Any]]:
    """The uploads as every door shows them, with the images of their verdicts as they are now."""
    ids = {one.verdict["image"] for one in sessions if one.verdict and one.verdict["image"]}
    found = Image.objects.select_related("blob").filter(id__in=ids) if ids else []
    images = {(image.tenant_id, str(image.id)): image for image in found}
    return [_shown(session, images) for session in sessions]


def _shown(session: UploadSession, images: dict[tuple[UUID, str], Image]) -> dict[str, Any]:
    return {
        "id": str(session.id),
        "dataset": str(session.dataset_id),
        "filename": session.filename,
        "size": session.size,
        "sha256": session.sha256 or None,
        "fingerprint": session.fingerprint or None,
        "content_type": session.content_type or None,
        "kind": session.kind,
        "state": state_of(session),
        "offset": session.offset,
        "part_size": session.part_size or None,
        "url": tus_url(session) if session.kind == UploadSession.Kind.TUS else None,
        "verdict": _shown_verdict(session, images),
        "job": job_dict(session.job) if session.job else None,
        "created_by": str(session.created_by_id) if session.created_by_id else None,
        "created_at": wire(session.created_at),
        "expires_at": wire(session.expires_at),
    }


def _shown_verdict(session: UploadSession, images: dict[tuple[UUID, str], Image]) -> dict[str, Any] | None:
    """The verdict in the shape of a multipart upload's; None before there is one."""
    if session.verdict is None:
        return None
    image = images.get((session.tenant_id, session.verdict["image"] or ""))
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
