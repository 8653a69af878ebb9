"""What is served of our scripts: the code without its comments, and the modules a page needs, preloaded."""

import gzip
import re
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from modelship.ops.bundling import bundle
from modelship.ops.static import ModuleManifestStorage, minified
from tests.data import ROOT

STATIC = ROOT / "static"
PRELOADS = ROOT / "templates/annotations/_modules.html"


def test_code_stays_and_comments_go():
    script = (
        '// What it is.\nimport { a } from "./a.js";\n\n/** @param {string} b */\n'
        'export const url = (long) => { // why\n  a(`http://x/${long ?? ""}`); /* here */\n};\n'
    )

    assert minified(script) == 'import{a}from"./a.js";export const url=e=>{a(`http://x/${e??""}`)}'


def test_a_form_that_the_minifier_would_drop_is_refused():
    with pytest.raises(ValueError, match="without void"):
        minified("export const run = () => void (first() || second());\n")


def test_constants_that_the_minifier_would_turn_round_are_refused():
    script = "export async function a(b) {\n  const c = b.d;\n  const { e } = await call({ f: c });\n  return e;\n}\n"

    with pytest.raises(ValueError, match="change places"):
        minified(script)


def test_none_of_our_scripts_is_written_in_that_form():
    for path in STATIC.rglob("*.js"):
        minified(path.read_text())


def test_collected_scripts_are_stripped_once_and_for_all(tmp_path: Path):
    storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
    written = storage.save("lib/a.js", ContentFile(b"// why\nrun();\n"))

    dict.fromkeys(storage.post_process({"lib/a.js": (storage, "lib/a.js")}))

    assert written == "lib/a.js"
    assert {path.read_text() for path in (tmp_path / "lib").glob("a*.js")} == {"run()"}


def read(name: str) -> str:
    return (STATIC / name).read_text()


def test_the_editor_page_preloads_its_script_and_what_that_imports():
    listed = re.findall(r"\{% static '([^']+)' %\}", PRELOADS.read_text())

    assert listed == ["editor/main.js", *bundle("editor/main.js", read).outside]


def test_the_editor_stays_light():
    made = bundle("editor/main.js", read)
    scripts = [minified(code) for code in (made.code, *map(read, made.outside))]

    assert sum(len(gzip.compress(code.encode(), 9)) for code in scripts) < 45_000
    assert len(gzip.compress((STATIC / "css/editor.css").read_bytes(), 9)) < 12_000


def test_every_import_names_the_hashed_file(tmp_path: Path):
    """A module that is asked for by two names is fetched and run twice."""
    source = FileSystemStorage(location=STATIC)
    names = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js")]
    storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
    for name in names:
        storage.save(name, source.open(name))

    dict.fromkeys(storage.post_process({name: (source, name) for name in names}))

    assert len(storage.hashed_files) == len(names)
    for name in storage.hashed_files.values():
        text = (tmp_path / name).read_text()
        imported = re.findall(r'(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"', text)
        assert [target for target in imported if not re.search(r"\.[0-9a-f]{12}\.js$", target)] == [], name
