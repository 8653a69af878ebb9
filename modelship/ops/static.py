"""Static files with content hashes in their names, inside ES module imports too."""

from typing import Any

import minify
from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

OUR_SCRIPTS = ("components/", "editor/", "lib/", "web/")


def minified(script: str) -> str:
    """A script of ours as browsers need it: without types, explanations and long local names."""
    return minify.string("text/javascript", script)


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
        ours = {name: (self, name) for name in paths if is_ours(name)}
        return super().post_process(paths | ours, dry_run, **options)

    def _save(self, name: str, content: File) -> str:
        if is_ours(name):
            content.seek(0)
            content = ContentFile(minified(content.read().decode()).encode())
        return super()._save(name, content)
