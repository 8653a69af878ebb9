"""Counting anew what every tenant uses, for after a restore or a repair by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from modelship.usage.actions import recount
from modelship.usage.models import Quota


class Command(BaseCommand):
    help = "Count anew what every tenant uses and say where the account was wrong; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        for quota in Quota.objects.select_related("tenant").order_by("tenant__slug", "resource"):
            off = recount(quota)
            if off:
                self.stdout.write(f"{quota.tenant.slug}: {quota.resource} was off by {off:,}.")
        self.stdout.write("Every account is right now.")
