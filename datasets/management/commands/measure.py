"""Queue the measuring of pictures that came before there were measures."""

from typing import Any

from django.core.management.base import BaseCommand

from datasets.actions.measure import measure_later, tenants_to_measure


class Command(BaseCommand):
    help = "Queue jobs that measure pictures and read what their files tell, for those where that is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        queued = sum(measure_later(tenant) for tenant in tenants_to_measure())
        self.stdout.write(f"Queued {queued:,} {'job' if queued == 1 else 'jobs'}.")
