"""Routes of classes, edits, review, sessions, assignments, threads, previews, versions, exports and the editor. `media` is an alias of `images`."""

from django.urls import path

from annotations.api import (
    analytics,
    assignments,
    changes,
    classes,
    clones,
    diffs,
    edits,
    exports,
    history,
    imports,
    previews,
    quality,
    queues,
    review,
    rounds,
    sessions,
    splits,
    threads,
    transfers,
    versions,
    workflows,
)
from annotations.views import editor, preview

api = [
    path("projects/<uuid:project_id>/classes", classes.Classes.as_view(), name="api-classes"),
    path("projects/<uuid:project_id>/classes/<uuid:class_id>", classes.OneClass.as_view(), name="api-class"),
    path(
        "projects/<uuid:project_id>/workflow",
        workflows.ProjectWorkflow.as_view(),
        name="api-project-workflow",
    ),
    path(
        "projects/<uuid:project_id>/analytics",
        analytics.ProjectAnalytics.as_view(),
        name="api-project-analytics",
    ),
    path(
        "projects/<uuid:project_id>/people-quality",
        quality.ProjectPeopleQuality.as_view(),
        name="api-people-quality",
    ),
    *(
        path(f"{noun}/<uuid:image_id>/{word}", view.as_view(), name=f"api-{noun.rstrip('s')}-{word}")
        for noun in ("images", "media")
        for word, view in (
            ("edits", edits.ImageEdits),
            ("boxes", edits.ImageBoxes),
            ("review", review.ImageReview),
            ("history", history.ImageHistory),
            ("restore", history.ImageRestore),
            ("preview", previews.ImagePreview),
            ("hold", queues.ImageHold),
            ("threads", threads.ImageThreads),
            ("changes", changes.ImageChanges),
        )
    ),
    path(
        "datasets/<uuid:dataset_id>/versions", versions.DatasetVersions.as_view(), name="api-dataset-versions"
    ),
    path(
        "datasets/<uuid:dataset_id>/versions/<int:number>",
        versions.OneVersion.as_view(),
        name="api-dataset-version",
    ),
    path(
        "datasets/<uuid:dataset_id>/rollback", versions.DatasetRollback.as_view(), name="api-dataset-rollback"
    ),
    path("datasets/<uuid:dataset_id>/clone", clones.DatasetClone.as_view(), name="api-dataset-clone"),
    path(
        "datasets/<uuid:dataset_id>/transfer",
        transfers.DatasetTransfer.as_view(),
        name="api-dataset-transfer",
    ),
    path("datasets/<uuid:dataset_id>/split", splits.DatasetSplit.as_view(), name="api-dataset-split"),
    path(
        "datasets/<uuid:dataset_id>/split/images",
        splits.SplitImages.as_view(),
        name="api-dataset-split-images",
    ),
    path("datasets/<uuid:dataset_id>/diff", diffs.DatasetDiff.as_view(), name="api-dataset-diff"),
    path(
        "datasets/<uuid:dataset_id>/diff/images/<uuid:image_id>",
        diffs.ImageDiff.as_view(),
        name="api-dataset-diff-image",
    ),
    path("datasets/<uuid:dataset_id>/exports", exports.DatasetExports.as_view(), name="api-dataset-exports"),
    *(
        path(f"datasets/<uuid:dataset_id>/{word}", view.as_view(), name=f"api-dataset-{word}")
        for word, view in (
            ("queue", queues.DatasetQueue),
            ("next", queues.NextTask),
            ("workload", queues.DatasetWorkload),
            ("agreement", rounds.DatasetAgreement),
            ("sessions", sessions.DatasetSessions),
        )
    ),
    path("sessions/<uuid:session_id>", sessions.OneSession.as_view(), name="api-session"),
    *(
        path(f"sessions/<uuid:session_id>/{word}", view.as_view(), name=f"api-session-{word}")
        for word, view in (
            ("people", sessions.SessionPeople),
            ("join", sessions.SessionJoin),
            ("leave", sessions.SessionLeave),
            ("next", sessions.SessionNext),
            ("lead", sessions.SessionLead),
            ("summary", sessions.SessionSummary),
        )
    ),
    path("rounds/<uuid:round_id>", rounds.OneRound.as_view(), name="api-round"),
    path("rounds/<uuid:round_id>/close", rounds.RoundClose.as_view(), name="api-round-close"),
    path("rounds/<uuid:round_id>/report", rounds.RoundReport.as_view(), name="api-round-report"),
    path("rounds/<uuid:round_id>/take-over", rounds.RoundTakeOver.as_view(), name="api-round-take-over"),
    path(
        "rounds/<uuid:round_id>/pictures/<uuid:image_id>",
        rounds.RoundPicture.as_view(),
        name="api-round-picture",
    ),
    path("assignments", assignments.Assignments.as_view(), name="api-assignments"),
    path("assignments/<uuid:assignment_id>", assignments.OneAssignment.as_view(), name="api-assignment"),
    path("threads", threads.Threads.as_view(), name="api-threads"),
    path("threads/<uuid:thread_id>", threads.OneThread.as_view(), name="api-thread"),
    path("threads/<uuid:thread_id>/comments", threads.ThreadComments.as_view(), name="api-thread-comments"),
    path("comments/<uuid:comment_id>", threads.OneComment.as_view(), name="api-comment"),
    path("exports", exports.Exports.as_view(), name="api-exports"),
    path("exports/<uuid:export_id>", exports.OneExport.as_view(), name="api-export"),
    path("exports/<uuid:export_id>/download", exports.ExportDownload.as_view(), name="api-export-download"),
    path("datasets/<uuid:dataset_id>/imports", imports.DatasetImports.as_view(), name="api-dataset-imports"),
    path("imports", imports.Imports.as_view(), name="api-imports"),
    path("imports/<uuid:import_id>", imports.OneImport.as_view(), name="api-import"),
    path("imports/<uuid:import_id>/check", imports.ImportCheck.as_view(), name="api-import-check"),
    path("imports/<uuid:import_id>/apply", imports.ImportApply.as_view(), name="api-import-apply"),
    path("export/<uuid:dataset_id>", exports.DirectExport.as_view(), name="api-export-direct"),
]
pages = [
    path("images/<uuid:image_id>/", editor.editor, name="editor"),
    path("images/<uuid:image_id>/editor.json", editor.editor_json, name="editor-json"),
    path("images/<uuid:image_id>/preview/", preview.preview, name="preview"),
]
