"""Static files with content hashes in their names, inside ES module imports too."""

import re
from typing import Any

import minify
from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

from modelship.ops.bundling import bundle

# Pages of many modules load one script instead.
BUNDLED = ("editor/main.js",)
OUR_SCRIPTS = ("components/", "editor/", "lib/", "web/")


# The minifier takes these for having no effect and drops them, calls and all.
DROPPED = re.compile(r"\bvoid \([^;]*(?:\|\||&&|\?\?)")
# It puts a pattern that is read from an object literal before the constants that the literal uses.
REORDERED = re.compile(r"\bconst \w+ = [^;]*;\s*const [\[{][^=;]*[\]}] = [^;]*\{[^;]*;")


def minified(script: str) -> str:
    """A script of ours as browsers need it: without types, explanations and long local names.

    Raises ValueError for the two forms that would not survive the way.
    """
    if lost := DROPPED.search(script):
        raise ValueError(f"Write this without void, it would be dropped: {lost[0]}")
    if turned := REORDERED.search(script):
        raise ValueError(f"Give the answer a name first, these would change places: {turned[0]}")
    return str(minify.string("text/javascript", script))


def is_ours(name: str) -> bool:
    return name.startswith(OUR_SCRIPTS) and name.endswith(".js")


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import … from "./x.js"` to the hashed names, so that modules are cached for good."""

    support_js_module_import_aggregation = True
    # Each pass settles one more level of imports; the editor's modules are six levels deep.
    max_post_process_passes = 20
    # The wheels' own files refer to source maps that they do not ship.
    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            return name

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Any:
        """Scripts of ours are read where they were saved: imports of types, in comments, are none."""
        if not dry_run:
            for entry in BUNDLED:
                self._bundle(entry, paths)
        ours = {name: (self, name) for name in paths if is_ours(name)}
        return super().post_process(paths | ours, dry_run, **options)

    def _bundle(self, entry: str, paths: dict[str, Any]) -> None:
        """Save one script in the place of an entry, and stubs in the place of what it holds."""
        if entry not in paths:
            return

        def read(name: str) -> str:
            storage, path = paths[name]
            with storage.open(path) as file:
                return file.read().decode()

        made = bundle(entry, read)
        for name, text in {entry: made.code, **made.stubs}.items():
            self.delete(name)
            self._save(name, ContentFile(text.encode()))

    def _save(self, name: str, content: File) -> str:
        if is_ours(name):
            content.seek(0)
            content = ContentFile(minified(content.read().decode()).encode())
        return super()._save(name, content)
