"""The documents say what is true: settings, commands, files, routes and links."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.data import ROOT
from tests.routes import all_routes

DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
VARIABLE = re.compile(r"env\.(?:text|flag|number|choice|words|origin|folder)\(\s*\"([A-Z0-9_]+)\"")
TOP_LEVEL = "modelship|annotations|datasets|inference|templates|static|requirements|tests|docs|\\.ci"


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_setting_is_documented_and_every_documented_setting_is_read():
    source = "".join((ROOT / "modelship/settings" / name).read_text() for name in ("base.py", "env.py"))
    source += (ROOT / "inference/service/settings.py").read_text()
    read = set(VARIABLE.findall(source)) | {"MODELSHIP_SECRET_KEY"}
    text = (ROOT / "docs/settings.md").read_text()
    named_there = set(re.findall(r"`([A-Z][A-Z0-9_]{3,})`", text))
    for first, suffix in re.findall(r"`(MODELSHIP_S3)_BUCKET`((?:, `_[A-Z_]+`)+)", text):
        named_there |= {first + part for part in re.findall(r"`(_[A-Z_]+)`", suffix)}

    assert read - named_there == set()
    assert named_there - read - {"HOST", "PORT", "INFO"} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_links_and_files_exist(path: Path):
    text = path.read_text()

    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert (path.parent / target).exists(), target
    for target in re.findall(rf"`((?:{TOP_LEVEL})/[\w./-]+)`", text):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_commands_exist(path: Path):
    text, makefile = path.read_text(), (ROOT / "Makefile").read_text()

    for command in re.findall(r"manage\.py ([a-z_]+)", text):
        assert command in get_commands(), command
    for target in re.findall(r"`make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_routes_of_the_readme_exist():
    text = (ROOT / "README.md").read_text()
    known = {re.sub(r"<[^>]+>", "<>", route.path) for route in all_routes() if route.is_api}

    used = re.findall(r"\$API/([\w/<>-]+)", text)

    assert used
    for path in used:
        assert "api/v1/" + re.sub(r"<[^>]+>", "<>", path) in known, path


def test_the_repo_names_no_machine():
    places = re.compile(r"(?<![\w.-])/(?:work|root|farm)/")
    texts = [
        *DOCUMENTS,
        *ROOT.glob("*.toml"),
        ROOT / "Makefile",
        ROOT / ".ci/run",
        *(ROOT / "requirements").glob("*"),
    ]

    assert [named(path) for path in texts if places.search(path.read_text())] == []
