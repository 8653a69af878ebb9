"""Static files with content hashes in their names, inside ES module imports too."""

import re
from typing import Any

from django.core.files.base import ContentFile, File
from whitenoise.storage import CompressedManifestStaticFilesStorage

OUR_SCRIPTS = ("components/", "editor/", "lib/", "web/")
# Comments on lines of their own, and type casts; one behind code stays, it could be part of a string.
COMMENTS = re.compile(
    r"^[ \t]*/\*\*(?:(?!\*/).)*\*/[ \t]*\n|^[ \t]*//[^\n]*\n|/\*\* @type [^*]*\*/ ?", re.S | re.M
)


def without_comments(script: str) -> str:
    """A script of ours as browsers need it: types and explanations are a third of its bytes."""
    return COMMENTS.sub("", script)


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

    def _save(self, name: str, content: File) -> str:
        if name.startswith(OUR_SCRIPTS) and name.endswith(".js"):
            content.seek(0)
            content = ContentFile(without_comments(content.read().decode()).encode())
        return super()._save(name, content)
