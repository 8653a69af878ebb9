"""What is served of our scripts: the code without its comments, and the modules a page needs, preloaded."""

import gzip
import re
from pathlib import Path

from django.core.files.base import ContentFile

from modelship.ops.static import ModuleManifestStorage, minified
from tests.data import ROOT

STATIC = ROOT / "static"
PRELOADS = ROOT / "templates/annotations/_modules.html"
IMPORT = re.compile(r'^import .*?from "(\.[^"]+)"', re.M)


def modules(start: Path) -> set[Path]:
    found, open_ends = {start}, [start]
    while open_ends:
        path = open_ends.pop()
        new = {(path.parent / target).resolve() for target in IMPORT.findall(path.read_text())} - found
        found |= new
        open_ends += new
    return found


def test_code_stays_and_comments_go():
    script = (
        '// What it is.\nimport { a } from "./a.js";\n\n/** @param {string} b */\n'
        'export const url = (long) => { // why\n  a(`http://x/${long ?? ""}`); /* here */\n};\n'
    )

    assert minified(script) == 'import{a}from"./a.js";export const url=e=>{a(`http://x/${e??""}`)}'


def test_collected_scripts_are_stripped_once_and_for_all(tmp_path: Path):
    storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
    written = storage.save("lib/a.js", ContentFile(b"// why\nrun();\n"))

    dict.fromkeys(storage.post_process({"lib/a.js": (storage, "lib/a.js")}))

    assert written == "lib/a.js"
    assert {path.read_text() for path in (tmp_path / "lib").glob("a*.js")} == {"run()"}


def test_the_editor_page_preloads_exactly_its_modules():
    listed = re.findall(r"\{% static '([^']+)' %\}", PRELOADS.read_text())

    assert sorted(listed) == sorted(
        str(path.relative_to(STATIC)) for path in modules(STATIC / "editor/main.js")
    )


def test_the_editor_stays_light():
    scripts = [path for path in modules(STATIC / "editor/main.js") if "editor" in path.parts]
    code = sum(len(gzip.compress(minified(path.read_text()).encode(), 9)) for path in scripts)

    assert code < 45_000
    assert len(gzip.compress((STATIC / "css/editor.css").read_bytes(), 9)) < 12_000
