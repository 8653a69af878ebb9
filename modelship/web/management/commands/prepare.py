"""What `make run` does before it serves: database, static files, first owner, demo."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from modelship.accounts.actions import found_tenant
from modelship.accounts.models import User
from modelship.accounts.views import setup_path


class Command(BaseCommand):
    help = "Migrate, collect static files when they changed, and make the first owner and demo once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=settings.MODELSHIP_BIND)
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        self.collect()
        if not User.objects.exists():
            self.first_owner(f"http://{options['host']}:{options['port']}")

    def collect(self) -> None:
        """collectstatic takes seconds; a stamp of names, sizes and times tells whether it is needed."""
        stamp, now = Path(settings.STATIC_ROOT) / ".stamp", self.fingerprint()
        if stamp.exists() and stamp.read_text() == now:
            return
        self.stdout.write("Collecting static files…")
        call_command("collectstatic", verbosity=0, interactive=False, clear=True)
        stamp.write_text(now)

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
        call_command("demo", tenant=tenant.slug, stdout=self.stdout)
        bar = "-" * 78
        self.stdout.write(
            f"\n{bar}\nYou are the first owner. Open this link once to choose your name and password:\n\n"
            f"    {url}{setup_path(owner)}\n\n"
            "It is not shown again; `manage.py setup_link owner@modelship.local` prints another.\n"
            f"{bar}\n"
        )
