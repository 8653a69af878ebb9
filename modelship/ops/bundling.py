"""Our own ES modules put into one script: one request instead of fifty, and names shortened across them.

It knows only the forms that our code uses: named or whole imports on lines of their own, and exports of
functions, classes and constants where they are declared. Anything else is refused, not guessed.
"""

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.[^"]+)";\n', re.M)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.M)
LAZY = re.compile(r'\bimport\("(\.[^"]+)"\)')
LEFT = re.compile(r"^(?:import\b(?!\()|export\b).*", re.M)
REGISTRY = "globalThis.editorModules"


@dataclass
class Bundle:
    """The script of an entry, and what stands in the place of the modules that it holds.

    A module that is loaded later and imports one of those gets the same objects, not a second copy.
    `outside` are the modules that it imports as files of their own.
    """

    code: str = ""
    stubs: dict[str, str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)


def bundle(entry: str, read: Callable[[str], str]) -> Bundle:
    """Put a module and all that it imports from its own folder into one script.

    `read` gives the text of a module by its path. Raises ValueError for a form that is not known.
    """
    folder = posixpath.dirname(entry)
    made, parts = Bundle(), dict[str, str]()
    _gather(entry, read, f"{folder}/", made, parts)
    numbers = {name: f"$m{number}" for number, name in enumerate(parts)}
    others = {name: f"outside_{number}__" for number, name in enumerate(made.outside)}
    lines = [f'import * as {variable} from "{_relative(name, folder)}";' for name, variable in others.items()]
    for name, source in parts.items():
        if name == entry:
            known = ", ".join(f'"{one}": {numbers[one]}' for one in parts if one != entry)
            lines.append(f"{REGISTRY} = {{ {known} }};")
        lines.append(_module(name, source, numbers | others, folder))
    made.code = "\n".join(lines)
    made.stubs = {name: _stub(name, source) for name, source in parts.items() if name != entry}
    return made


def _gather(name: str, read: Callable[[str], str], inside: str, made: Bundle, parts: dict[str, str]) -> None:
    """Collect modules so that each comes after those it imports."""
    source = read(name)
    for target in (_resolve(name, found[3]) for found in IMPORT.finditer(source)):
        if not target.startswith(inside):
            if target not in made.outside:
                made.outside.append(target)
        elif target not in parts:
            _gather(target, read, inside, made, parts)
    parts[name] = source


def _module(name: str, source: str, variables: dict[str, str], folder: str) -> str:
    def taken(found: re.Match[str]) -> str:
        names, whole, target = found.groups()
        variable = variables[_resolve(name, target)]
        return f"const {whole or '{' + names.replace(' as ', ': ') + '}'} = {variable};\n"

    body = EXPORT.sub(r"\1", IMPORT.sub(taken, source))
    if left := LEFT.search(body):
        raise ValueError(f"{name}: {left[0]} is a form that can't be bundled.")
    body = LAZY.sub(lambda found: f'import("{_relative(_resolve(name, found[1]), folder)}")', body)
    returned = ", ".join(_exports(source))
    return f"const {variables[name]} = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();"


def _stub(name: str, source: str) -> str:
    names = ", ".join(_exports(source))
    return f'const {{ {names} }} = {REGISTRY}["{name}"];\nexport {{ {names} }};\n'


def _exports(source: str) -> list[str]:
    return [found[2] for found in EXPORT.finditer(source)]


def _resolve(name: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), target))


def _relative(name: str, folder: str) -> str:
    path = posixpath.relpath(name, folder)
    return path if path.startswith(".") else f"./{path}"
