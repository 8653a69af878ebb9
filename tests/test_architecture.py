"""The house rules that a linter does not know: size caps, rooms, the JavaScript layers, no inline code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PYTHON_ROOTS = ("modelship", "datasets", "annotations", "inference")
MAX_FILE, MAX_FUNCTION, MAX_TEMPLATE = 400, 50, 120
JS_LAYERS = ["lib components", "model", "commands sync", "view", "tools", "ui", "main"]
SETTINGS = "modelship/settings/env.py"
INLINE = re.compile(
    r"<[^>]+\s(?:style|on[a-z]+)\s*=|<style|<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.I
)


def files(suffix: str, *roots: str) -> list[Path]:
    found = [path for root in roots for path in sorted((ROOT / root).rglob(f"*{suffix}"))]
    return [path for path in found if "migrations" not in path.parts]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


PYTHON = files(".py", *PYTHON_ROOTS)
TESTS = files(".py", "tests")
SCRIPTS = files(".js", "static", "tests/js")
TEMPLATES = files(".html", "templates")


@pytest.mark.parametrize("path", [*PYTHON, *TESTS, *SCRIPTS, *files(".css", "static")], ids=named)
def test_files_stay_short(path: Path):
    assert len(path.read_text().splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_templates_stay_short_and_free_of_inline_code(path: Path):
    text = path.read_text()

    assert len(text.splitlines()) <= MAX_TEMPLATE
    assert INLINE.findall(text) == []


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


# AppConfig.ready registers job handlers, which may only be imported once the models are there.
@pytest.mark.parametrize("path", [path for path in PYTHON if path.name != "apps.py"], ids=named)
def test_functions_stay_short_and_import_at_the_top(path: Path):
    tree = ast.parse(path.read_text())

    for function in functions(tree):
        assert function.end_lineno is not None
        assert function.end_lineno - function.lineno + 1 <= MAX_FUNCTION, function.name
        inside = [node for node in ast.walk(function) if isinstance(node, ast.ImportFrom)]
        ours = [node.module for node in inside if (node.module or "").split(".")[0] in PYTHON_ROOTS]
        assert ours == [], f"{function.name} imports {ours}"


@pytest.mark.parametrize("path", PYTHON, ids=named)
def test_modules_say_what_they_are_and_avoid_words_that_mean_nothing(path: Path):
    assert path.stem not in ("utils", "helpers", "manager", "common", "misc", "signals")
    tree = ast.parse(path.read_text())
    if path.name not in ("__init__.py", "apps.py", "urls.py", "routing.py"):
        assert ast.get_docstring(tree), f"{named(path)} has no docstring"


def test_only_the_settings_read_the_environment():
    readers = [
        named(path)
        for path in PYTHON
        if re.search(r"os\.environ(\.get|\[)|dict\(os\.environ|os\.getenv", path.read_text())
        and named(path) != SETTINGS
    ]

    # test.py prepares the environment before base.py reads it; bootstrap takes a variable by name;
    # limited.py gives its children a bare environment; the service has settings of its own.
    assert sorted(readers) == [
        "inference/service/settings.py",
        "modelship/accounts/management/commands/bootstrap.py",
        "modelship/lib/limited.py",
        "modelship/settings/test.py",
    ]


def test_nothing_uses_signals():
    users = [named(path) for path in PYTHON if "django.dispatch" in path.read_text()]

    assert users == []


CANVAS_TABLES = re.compile(r"\b(Box|CanvasEdit|CanvasOp|FrozenCanvas)\b\.objects")


def test_only_named_rooms_touch_the_canvas_tables():
    """Boxes are written by the one write path and read by queries; everything else calls those."""
    allowed = re.compile(r"annotations/(\w*queries\.py|actions/|models\.py|admin\.py)")
    users = [named(path) for path in PYTHON if CANVAS_TABLES.search(path.read_text())]

    assert [user for user in users if not allowed.match(user)] == []


def folder_of(path: Path) -> tuple[str, ...]:
    """The room of a module: `editor/ui` also for what lies in a folder of it."""
    return path.relative_to(ROOT / "static").parts[:-1][:2]


def layer_of(path: Path) -> int:
    part = path.relative_to(ROOT / "static").parts
    name = part[0] if part[0] != "editor" else "main" if part[1] == "main.js" else part[1]
    return next(index for index, layer in enumerate(JS_LAYERS) if name in layer.split())


@pytest.mark.parametrize(
    "path", [p for p in SCRIPTS if "editor" in p.parts and "static" in p.parts], ids=named
)
def test_editor_modules_import_only_layers_below(path: Path):
    for target in re.findall(r'from\s+"(\.[^"]+)"', path.read_text()):
        other = (path.parent / target).resolve()

        assert other.exists(), f"{named(path)} imports {target}, which is not there"
        siblings = folder_of(other) == folder_of(path)
        assert layer_of(other) < layer_of(path) or siblings, f"{named(path)} reaches up to {target}"
