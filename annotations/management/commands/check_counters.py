"""Whether what pictures say of their boxes is what their boxes say."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotations.actions.recount import recount
from annotations.counter_queries import miscounts
from datasets.models import Dataset, Image


class Command(BaseCommand):
    help = "Compare each picture's counters, which lists are ordered by, with its boxes. Ends with 1 where any differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="put right what differs")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        images = wrong = 0
        for dataset in Dataset.objects.order_by("pk"):
            rows = Image.objects.filter(dataset=dataset)
            images += rows.count()
            for found in miscounts(rows):
                wrong += 1
                self.stdout.write(f"{found.image_id}: {found.stored} should be {found.true}.")
                if repair:
                    recount(found.image_id)
        if wrong and not repair:
            raise CommandError(f"{wrong:,} of {images:,} pictures are miscounted. Run again with --repair.")
        self.stdout.write(
            f"Looked at {images:,} pictures, {'repaired' if wrong else 'found'} {wrong:,} wrong."
        )
