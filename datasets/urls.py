"""Routes of datasets and images. `media` is an alias of `images`."""

from django.urls import path

from datasets.api import (
    bulk,
    clean,
    datasets,
    images,
    ingest,
    searches,
    sources,
    tiles,
    tus,
    upload_parts,
    upload_sessions,
    uploads,
    views,
)

api = [
    path("datasets", datasets.Datasets.as_view(), name="api-datasets"),
    path("datasets/<uuid:dataset_id>", datasets.OneDataset.as_view(), name="api-dataset"),
    path("datasets/<uuid:dataset_id>/images", uploads.Uploads.as_view(), name="api-uploads"),
    path("datasets/<uuid:dataset_id>/facets", searches.Facets.as_view(), name="api-dataset-facets"),
    path("datasets/<uuid:dataset_id>/windows", searches.Windows.as_view(), name="api-dataset-windows"),
    path("datasets/<uuid:dataset_id>/bulk", bulk.Bulk.as_view(), name="api-dataset-bulk"),
    path("datasets/<uuid:dataset_id>/views", views.Views.as_view(), name="api-dataset-views"),
    path("views/<uuid:view_id>", views.OneView.as_view(), name="api-view"),
    path("search/keys", searches.SearchKeys.as_view(), name="api-search-keys"),
    path(
        "datasets/<uuid:dataset_id>/images/archive", clean.ImagesArchive.as_view(), name="api-images-archive"
    ),
    path(
        "datasets/<uuid:dataset_id>/images/restore", clean.ImagesRestore.as_view(), name="api-images-restore"
    ),
    path("datasets/<uuid:dataset_id>/clean", clean.Clean.as_view(), name="api-clean"),
    path("datasets/<uuid:dataset_id>/clean/counts", clean.CleanCounts.as_view(), name="api-clean-counts"),
    path("datasets/<uuid:dataset_id>/clean/report", clean.CleanReports.as_view(), name="api-clean-report"),
    path("datasets/<uuid:dataset_id>/clean/choose", clean.CleanChoose.as_view(), name="api-clean-choose"),
    path("datasets/<uuid:dataset_id>/clean/apply", clean.CleanApply.as_view(), name="api-clean-apply"),
    path("datasets/<uuid:dataset_id>/clean/sweeps", clean.CleanSweeps.as_view(), name="api-clean-sweeps"),
    path("datasets/<uuid:dataset_id>/clean/undo", clean.CleanUndo.as_view(), name="api-clean-undo"),
    path("sources", sources.Sources.as_view(), name="api-sources"),
    path("sources/kinds", sources.SourceKinds.as_view(), name="api-source-kinds"),
    path("sources/<uuid:source_id>", sources.OneSource.as_view(), name="api-source"),
    path("sources/<uuid:source_id>/test", sources.SourceTest.as_view(), name="api-source-test"),
    path("sources/<uuid:source_id>/files", sources.SourceFiles.as_view(), name="api-source-files"),
    path("ingest", ingest.Ingest.as_view(), name="api-ingest"),
    path("ingest/status", ingest.IngestStatus.as_view(), name="api-ingest-status"),
    path("database/scan", ingest.Scan.as_view(), name="api-scan"),
    path("database/health", ingest.Health.as_view(), name="api-database-health"),
    path("uploads", upload_sessions.UploadSessions.as_view(), name="api-upload-list"),
    path("uploads/tus/", tus.TusUploads.as_view(), name="api-tus"),
    path("uploads/tus/<uuid:upload_id>", tus.TusUpload.as_view(), name="api-tus-upload"),
    path("uploads/<uuid:upload_id>", upload_sessions.OneUpload.as_view(), name="api-upload"),
    path(
        "uploads/<uuid:upload_id>/complete",
        upload_sessions.UploadComplete.as_view(),
        name="api-upload-complete",
    ),
    path("uploads/<uuid:upload_id>/parts", upload_parts.UploadParts.as_view(), name="api-upload-parts"),
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
