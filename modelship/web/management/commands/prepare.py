"""What `make run` does before it serves: database, static files, leftovers, measures, first owner, demo."""

import hashlib
import shutil
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from datasets.actions.measure import measure_later, tenants_never_measured
from inference.actions.prune import prune_all_answers
from modelship.accounts.actions import found_tenant
from modelship.accounts.models import User
from modelship.accounts.views import setup_path

STALE_SECONDS = 24 * 3600


class Command(BaseCommand):
    help = "Migrate, sweep, collect static files when they changed, and make the first owner and demo once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.MODELSHIP_BIND)
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        self.sweep()
        self.collect()
        self.measure()
        if not User.objects.exists():
            self.first_owner(f"http://{options['host']}:{options['port']}")

    def sweep(self) -> None:
        """Killed processes leave temporary files behind; those of yesterday belong to nobody. Old answers are forgotten."""
        for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
            if time.time() - path.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        prune_all_answers()

    def collect(self) -> None:
        """collectstatic takes seconds; a stamp of names, sizes and times tells whether it is needed."""
        stamp, now = Path(settings.STATIC_ROOT) / ".stamp", self.fingerprint()
        if stamp.exists() and stamp.read_text() == now:
            return
        self.stdout.write("Collecting static files…")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(now)

    def measure(self) -> None:
        """Pictures of an older release have no measures yet; the worker makes up for it, once."""
        for tenant in tenants_never_measured():
            measure_later(tenant)

    def fingerprint(self) -> str:
        seen = hashlib.sha256()
        for finder in get_finders():
            for path, storage in finder.list([]):
                file = Path(storage.path(path)).stat()
                seen.update(f"{path}:{file.st_size}:{file.st_mtime_ns}\n".encode())
        return seen.hexdigest()

    def first_owner(self, url: str) -> None:
        tenant, owner = found_tenant("team", "owner@modelship.local", name="My team")
        owner.is_staff = owner.is_superuser = True
        owner.save(update_fields=["is_staff", "is_superuser"])
        if settings.MODELSHIP_DEMO_PICTURES:
            call_command("demo", tenant=tenant.slug, stdout=self.stdout)
        bar = "-" * 78
        self.stdout.write(
            f"\n{bar}\nYou are the first owner. Open this link once to choose your name and password:\n\n"
            f"    {url}{setup_path(owner)}\n\n"
            "It is not shown again; `manage.py setup_link owner@modelship.local` prints another.\n"
            f"{bar}\n"
        )
