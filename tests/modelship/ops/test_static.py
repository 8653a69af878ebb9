"""What is served of our scripts: the code without its comments, and the modules a page needs, preloaded."""

import gzip
import re
from pathlib import Path

from django.core.files.base import ContentFile

from modelship.ops.bundling import bundle
from modelship.ops.static import ModuleManifestStorage, without_comments
from tests.data import ROOT

STATIC = ROOT / "static"
PRELOADS = ROOT / "templates/annotations/_modules.html"


def test_comments_go_and_code_stays():
    script = (
        '// What it is.\nimport { a } from "./a.js";\n\n/**\n * @param {string} b\n */\n'
        'const url = /** @type {string} */ ("http://x");\n  // why\nrun(url); // here\n'
    )

    assert without_comments(script) == (
        'import { a } from "./a.js";\n\nconst url = ("http://x");\nrun(url); // here\n'
    )


def test_collected_scripts_are_stripped_once_and_for_all(tmp_path: Path):
    storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
    written = storage.save("lib/a.js", ContentFile(b"// why\nrun();\n"))

    dict.fromkeys(storage.post_process({"lib/a.js": (storage, "lib/a.js")}))

    assert written == "lib/a.js"
    assert {path.read_text() for path in (tmp_path / "lib").glob("a*.js")} == {"run();\n"}


def read(name: str) -> str:
    return (STATIC / name).read_text()


def test_the_editor_page_preloads_its_script_and_what_that_imports():
    listed = re.findall(r"\{% static '([^']+)' %\}", PRELOADS.read_text())

    assert listed == ["editor/main.js", *bundle("editor/main.js", read).outside]


def test_the_editor_stays_light():
    code = without_comments(bundle("editor/main.js", read).code)

    assert len(gzip.compress(code.encode(), 9)) < 45_000
    assert len(gzip.compress((STATIC / "css/editor.css").read_bytes(), 9)) < 12_000
