"""Queue the cutting of large pictures that have no tiles."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from datasets.actions.tile import tile_later
from datasets.imaging.pyramid import LARGE_PIXELS, LARGE_SIDE, PACK_NAME
from datasets.models import Image
from datasets.storage import delete_derived
from modelship.accounts.actors import Actor


class Command(BaseCommand):
    help = "Queue jobs that cut large pictures into tiles, for those that have none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--again", action="store_true", help="throw away the tiles that are there, too")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = Image.objects.select_related("blob", "tenant", "dataset__project")
        large = rows.filter(pixels__gt=LARGE_PIXELS) | rows.filter(width__gt=LARGE_SIDE)
        large |= rows.filter(height__gt=LARGE_SIDE)
        queued = 0
        for image in large.order_by("created_at", "id").iterator(chunk_size=500):
            if options["again"]:
                delete_derived(image.blob, PACK_NAME)
            queued += tile_later(Actor(tenant=image.tenant, role="owner", name="Tile cutter"), image)
        self.stdout.write(f"Queued {queued:,} pictures.")
