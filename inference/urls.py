"""Routes of models, of labelling by them, of training and of measuring them."""

from django.urls import path

from inference import evaluation_views, training_views, views
from inference.api import (
    automation,
    evaluations,
    labeled,
    labels,
    language,
    models,
    pipeline,
    state,
    texts,
    trainings,
)

api = [
    path("models", models.Models.as_view(), name="api-models"),
    path("models/catalog", models.Catalog.as_view(), name="api-model-catalog"),
    path("models/install", models.Install.as_view(), name="api-model-install"),
    path("models/<uuid:model_id>", models.OneModel.as_view(), name="api-model"),
    path("models/<uuid:model_id>/test", labels.TestModel.as_view(), name="api-model-test"),
    path("datasets/<uuid:dataset_id>/labeled", labeled.Labeled.as_view(), name="api-dataset-labeled"),
    path("datasets/<uuid:dataset_id>/label/advice", labels.LabelAdvice.as_view(), name="api-label-advice"),
    path("datasets/<uuid:dataset_id>/label", labels.LabelDataset.as_view(), name="api-dataset-label"),
    path("datasets/<uuid:dataset_id>/pipeline", pipeline.Pipeline.as_view(), name="api-dataset-pipeline"),
    path("datasets/<uuid:dataset_id>/train", trainings.TrainDataset.as_view(), name="api-dataset-train"),
    path("inference/state", state.InferenceState.as_view(), name="api-inference-state"),
    path("projects/<uuid:project_id>/automation", automation.Automation.as_view(), name="api-automation"),
    path("language-endpoints", language.Endpoints.as_view(), name="api-endpoints"),
    path("language-endpoints/<uuid:endpoint_id>", language.OneEndpoint.as_view(), name="api-endpoint"),
    path(
        "language-endpoints/<uuid:endpoint_id>/test",
        language.EndpointTest.as_view(),
        name="api-endpoint-test",
    ),
    path("label/text", language.LabelText.as_view(), name="api-label-text"),
    path(
        "datasets/<uuid:dataset_id>/classify", language.ClassifyDataset.as_view(), name="api-dataset-classify"
    ),
    path(
        "datasets/<uuid:dataset_id>/classify/estimate",
        language.ClassifyEstimate.as_view(),
        name="api-classify-estimate",
    ),
    path("datasets/<uuid:dataset_id>/texts", texts.Texts.as_view(), name="api-texts"),
    path("datasets/<uuid:dataset_id>/texts/accept", texts.AcceptTexts.as_view(), name="api-texts-accept"),
    path("datasets/<uuid:dataset_id>/texts/export", texts.ExportTexts.as_view(), name="api-texts-export"),
    path("texts/<uuid:text_id>", texts.OneText.as_view(), name="api-text"),
    path("texts/<uuid:text_id>/review", texts.ReviewText.as_view(), name="api-text-review"),
    path(
        "datasets/<uuid:dataset_id>/evaluations",
        evaluations.DatasetEvaluations.as_view(),
        name="api-dataset-evaluations",
    ),
    path("evaluations/<uuid:evaluation_id>", evaluations.OneEvaluation.as_view(), name="api-evaluation"),
    path(
        "evaluations/<uuid:evaluation_id>/images",
        evaluations.EvaluatedImages.as_view(),
        name="api-evaluation-images",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/classes.csv",
        evaluations.EvaluationTable.as_view(),
        name="api-evaluation-csv",
    ),
    path("trainings", trainings.Trainings.as_view(), name="api-trainings"),
    path("trainings/<uuid:training_id>", trainings.OneTraining.as_view(), name="api-training"),
    path("images/<uuid:image_id>/label", labels.LabelImage.as_view(), name="api-image-label"),
    path("images/<uuid:image_id>/ghosts", labels.ImageGhosts.as_view(), name="api-image-ghosts"),
    path("media/<uuid:image_id>/ghosts", labels.ImageGhosts.as_view(), name="api-media-ghosts"),
    path("media/<uuid:image_id>/label", labels.LabelImage.as_view(), name="api-media-label"),
]
pages = [
    path("models/", views.models, name="models"),
    path("models/<uuid:model_id>/", views.model, name="model"),
    path("models/<uuid:model_id>/delete/", views.model_delete, name="model-delete"),
    path("models/<uuid:model_id>/measure/", evaluation_views.model_measure, name="model-measure"),
    path("evaluations/<uuid:evaluation_id>/", evaluation_views.evaluation, name="evaluation"),
    path(
        "evaluations/<uuid:evaluation_id>/delete/",
        evaluation_views.evaluation_delete,
        name="evaluation-delete",
    ),
    path("trainings/<uuid:training_id>/", training_views.training, name="training"),
]
