"""Is the process alive, and can it do its work? Details are for platform staff only."""

from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from modelship.jobs.models import Job
from modelship.lib.clock import now
from modelship.lib.ids import new_id

STUCK_AFTER = timedelta(minutes=2)


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when database, storage and channel layer answer; 503 with Retry-After otherwise.

    What people can do without for a while (the detector) is reported as "degraded", still with 200: a proxy
    that took this process out for it would take editing away too.
    """
    verdicts = {name: verdict_of(check) for name, check in (CHECKS | SPARE_CHECKS).items()}
    healthy = all(verdicts[name] == "ok" for name in CHECKS)
    spared = "ok" if all(verdict == "ok" for verdict in verdicts.values()) else "degraded"
    body: dict[str, object] = {"status": spared if healthy else "unavailable"}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.is_staff:
        body["checks"] = verdicts
        body["oldest_queued_job_late"] = _late_jobs()
    response = JsonResponse(body, status=200 if healthy else 503)
    if not healthy:
        response["Retry-After"] = "5"
    return response


def verdict_of(check: Callable[[], None]) -> str:
    """ "ok", or the name of what went wrong."""
    # A readiness probe reports whatever is wrong with a part; it never fails itself.
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _storage() -> None:
    name = default_storage.save(f"health/{new_id().hex}", ContentFile(b"ok"))
    try:
        with default_storage.open(name) as file:
            file.read()
    finally:
        default_storage.delete(name)


def _layer() -> None:
    async_to_sync(get_channel_layer().send)(f"health.{new_id().hex}", {"type": "ping"})


def _late_jobs() -> int:
    return Job.objects.filter(state="queued", run_at__lt=now() - STUCK_AFTER).count()


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "storage": _storage, "channel_layer": _layer}
# Filled by the apps above, when they are ready.
SPARE_CHECKS: dict[str, Callable[[], None]] = {}


def register_spare(name: str, check: Callable[[], None]) -> None:
    """A part that the product works without, though not as well: `check` raises while it is away."""
    SPARE_CHECKS[name] = check
