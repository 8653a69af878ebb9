"""Install a model: by name from the catalogue, or from a file. Or list the catalogue."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inference.actions.catalog import check_pinned, install_entry
from inference.actions.models import Origin, install_file
from inference.catalog import CatalogEntry, entries, entry_named
from inference.models import DetectorModel
from inference.overrides import Overrides
from inference.queries import entry_dict, model_dict
from modelship.accounts.models import Tenant
from modelship.lib.errors import BadRequest, NotFound, Problem

REFUSED, UNPINNED = 1, 3
MIB = 1 << 20
HEADINGS = ("NAME", "FOR", "SIZE", "LICENCE", "INPUT", "FED WITH", "CHECKED")


class Command(BaseCommand):
    help = (
        "Install a model for everybody, or for one tenant. "
        f"By name: {', '.join(entry.name for entry in entries())}. "
        f"Exit status: 0 installed, {REFUSED} refused, {UNPINNED} needs --allow-unpinned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("entry", nargs="?", metavar="NAME", help="a model of the catalogue")
        parser.add_argument("--list", action="store_true", help="print the catalogue and install nothing")
        parser.add_argument("--file", metavar="F", help="an ONNX file instead")
        parser.add_argument("--name", default="", help="what the file's model is called")
        parser.add_argument("--tenant", default="", help="slug of the only tenant that gets it")
        parser.add_argument("--license", default="", help="the terms of the file's model")
        parser.add_argument("--classes", metavar="FILE", help="class names, one a line, in the model's order")
        parser.add_argument(
            "--input", default="", metavar="WxH", help="input size, where the graph leaves it open"
        )
        parser.add_argument("--channel-order", default="", choices=["", "BGR", "RGB"])
        parser.add_argument("--scale", default="", help="what each pixel value is multiplied by")
        parser.add_argument(
            "--allow-unpinned", action="store_true", help="fetch a model whose checksum is not known"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["list"]:
            self.tell_catalog(as_json=options["json"])
            return
        try:
            model = self.install(options)
        except Problem as problem:
            self.refuse(problem, as_json=options["json"])
        else:
            self.tell(model, options)

    def install(self, options: dict[str, Any]) -> DetectorModel:
        tenant = _tenant(options["tenant"])
        if bool(options["entry"]) == bool(options["file"]):
            raise BadRequest("Give either a NAME of the catalogue or --file F.", code="usage")
        if options["file"]:
            return self.from_file(options, tenant)
        entry = entry_named(options["entry"])
        check_pinned(entry, allow_unpinned=options["allow_unpinned"])
        return install_entry(entry, tenant=tenant)

    def from_file(self, options: dict[str, Any], tenant: Tenant | None) -> DetectorModel:
        path = Path(options["file"])
        if not path.is_file():
            raise NotFound(f"There is no file {path}.", code="no_file")
        given = {
            "classes": _text(options["classes"]),
            "input": options["input"],
            "channel_order": options["channel_order"],
            "scale": options["scale"],
        }
        return install_file(
            path,
            name=options["name"] or path.stem,
            tenant=tenant,
            overrides=Overrides.read(given),
            origin=Origin(source="file", license=options["license"][:100]),
        )

    def tell_catalog(self, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"results": [entry_dict(entry) for entry in entries()]}))
            return
        for line in _table([HEADINGS, *(_row(entry) for entry in entries())]):
            self.stdout.write(line)

    def refuse(self, problem: Problem, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"error": problem.as_dict()}))
        status = UNPINNED if problem.code == "unpinned" else REFUSED
        hint = " Repeat with --allow-unpinned." if status == UNPINNED else ""
        raise CommandError(f"{problem.detail}{hint} ({problem.code})", returncode=status)

    def tell(self, model: DetectorModel, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"model": model_dict(model)}))
            return
        does = "no boxes, vectors" if model.task == model.Task.EMBED else f"{len(model.class_names)} classes"
        self.stdout.write(
            f"{model.name} is installed: {model.head}, {model.input_width}x{model.input_height}, {does}."
        )
        self.stdout.write(f"SHA-256 {model.sha256}")
        if options["entry"] and not entry_named(options["entry"]).is_pinned:
            self.stdout.write("No checksum was known beforehand: compare this one with the maker's.")


def _row(entry: CatalogEntry) -> tuple[str, ...]:
    width, height = entry.input
    checked = "by SHA-256" if entry.is_pinned else "not checked"
    size = f"{entry.size / MIB:.1f} MiB"
    return entry.name, entry.group, size, entry.license, f"{width}x{height}", entry.feed.words, checked


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Columns as wide as their longest word."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _tenant(slug: str) -> Tenant | None:
    if not slug:
        return None
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NotFound(f"There is no tenant {slug}. Make it with bootstrap.", code="unknown_tenant")
    return tenant


def _text(name: str | None) -> str:
    if not name:
        return ""
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"The class names in {name} can't be read as UTF-8 text.", code="no_file") from error
