"""Static files with content hashes in their names, inside ES module imports too."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import … from "./x.js"` to the hashed names, so that modules are cached for good."""

    support_js_module_import_aggregation = True
    # The wheels' own files refer to source maps that they do not ship.
    manifest_strict = False

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        try:
            return super().hashed_name(name, content, filename)
        except ValueError:
            return name
