"""Routes of classes, edits, review and the editor. `media` is an alias of `images`."""

from django.urls import path

from annotations.api import classes, edits, review
from annotations.views import editor

api = [
    path("projects/<uuid:project_id>/classes", classes.Classes.as_view(), name="api-classes"),
    path("projects/<uuid:project_id>/classes/<uuid:class_id>", classes.OneClass.as_view(), name="api-class"),
    *(
        path(f"{noun}/<uuid:image_id>/{word}", view.as_view(), name=f"api-{noun.rstrip('s')}-{word}")
        for noun in ("images", "media")
        for word, view in (
            ("edits", edits.ImageEdits),
            ("boxes", edits.ImageBoxes),
            ("review", review.ImageReview),
        )
    ),
]
pages = [
    path("images/<uuid:image_id>/", editor.editor, name="editor"),
    path("images/<uuid:image_id>/editor.json", editor.editor_json, name="editor-json"),
]
