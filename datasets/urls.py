"""Routes of datasets and images. `media` is an alias of `images`."""

from django.urls import path

from datasets.api import datasets, images, tiles, tus, upload_sessions, uploads

api = [
    path("datasets", datasets.Datasets.as_view(), name="api-datasets"),
    path("datasets/<uuid:dataset_id>", datasets.OneDataset.as_view(), name="api-dataset"),
    path("datasets/<uuid:dataset_id>/images", uploads.Uploads.as_view(), name="api-uploads"),
    path("uploads", upload_sessions.UploadSessions.as_view(), name="api-upload-list"),
    path("uploads/tus/", tus.TusUploads.as_view(), name="api-tus"),
    path("uploads/tus/<uuid:upload_id>", tus.TusUpload.as_view(), name="api-tus-upload"),
    path("uploads/<uuid:upload_id>", upload_sessions.OneUpload.as_view(), name="api-upload"),
    path(
        "uploads/<uuid:upload_id>/complete",
        upload_sessions.UploadComplete.as_view(),
        name="api-upload-complete",
    ),
    path(
        "uploads/<uuid:upload_id>/verdicts",
        upload_sessions.UploadVerdicts.as_view(),
        name="api-upload-verdicts",
    ),
    *(
        path(f"{noun}{route}", view.as_view(), name=name.format(noun=noun.rstrip("s")))
        for noun in ("images", "media")
        for route, view, name in (
            ("", images.Images, "api-{noun}-list"),
            ("/<uuid:image_id>", images.OneImage, "api-{noun}"),
            ("/<uuid:image_id>/data", images.ImageData, "api-{noun}-data"),
            ("/<uuid:image_id>/tiles", tiles.ImageTiles, "api-{noun}-tiles"),
            ("/<uuid:image_id>/tiles/<int:level>/<int:column>_<int:row>", tiles.ImageTile, "api-{noun}-tile"),
            ("/<uuid:image_id>/thumbnail", images.ImageThumbnail, "api-{noun}-thumbnail"),
        )
    ),
]
pages: list = []
