"""SAHI's own sliced prediction over our head: what our slicing must equal."""

import numpy as np
from sahi.models.base import DetectionModel
from sahi.predict import get_sliced_prediction
from sahi.prediction import ObjectPrediction

from inference.engine.detections import Detections
from inference.engine.heads import head_named
from inference.engine.letterbox import to_tensor
from inference.engine.slicing import Slicing
from inference.engine.suppression import suppress


class OnnxModel(DetectionModel):
    """A model class as a user of SAHI would write it: no clipping, no merging of its own."""

    def __init__(self, detector, *, iou: float, **settings):
        self.detector, self.iou = detector, iou
        super().__init__(load_at_init=False, **settings)

    def set_device(self, device=None):
        self.device = "cpu"

    def perform_inference(self, image):
        spec = self.detector.spec
        tensor, placement = to_tensor(image, spec)
        raw = self.detector._sessions.run(tensor)
        found = head_named(spec.head).decode(raw, spec, self.confidence_threshold)
        found = suppress(found, self.iou)
        boxes = placement.undo(found.boxes).tolist()
        self._original_predictions = list(
            zip(boxes, found.scores.tolist(), found.class_ids.tolist(), strict=True)
        )

    def _create_object_prediction_list_from_original_predictions(
        self, shift_amount_list=None, full_shape_list=None
    ):
        if not isinstance(shift_amount_list[0], list):
            shift_amount_list, full_shape_list = [shift_amount_list], [full_shape_list]
        self._object_prediction_list_per_image = [
            [
                ObjectPrediction(
                    bbox=box,
                    score=score,
                    category_id=number,
                    category_name=str(number),
                    shift_amount=shift_amount_list[0],
                    full_shape=full_shape_list[0],
                )
                for box, score, number in self._original_predictions
            ]
        ]


def sahi_detect(detector, image, slicing: Slicing, *, confidence: float, iou: float) -> Detections:
    """The same picture, weights and settings through `sahi.predict.get_sliced_prediction`."""
    result = get_sliced_prediction(
        image,
        OnnxModel(detector, iou=iou, confidence_threshold=confidence),
        slice_height=slicing.height,
        slice_width=slicing.width,
        overlap_height_ratio=slicing.overlap,
        overlap_width_ratio=slicing.overlap,
        perform_standard_pred=slicing.full_image,
        postprocess_type={"nms": "NMS", "nmm": "NMM", "greedy_nmm": "GREEDYNMM"}[slicing.merge],
        postprocess_match_metric=slicing.metric.upper(),
        postprocess_match_threshold=slicing.threshold,
        verbose=0,
    )
    found = result.object_prediction_list
    height, width = image.shape[:2]
    return Detections.of(
        np.array([item.bbox.to_xyxy() for item in found], np.float64).reshape(-1, 4),
        [item.score.value for item in found],
        [item.category.id for item in found],
    ).clipped(width, height)


def rows(found: Detections) -> list[tuple]:
    """Comparable, order-free content: class, score and corners to a thousandth of a pixel."""
    corners = np.round(found.boxes, 3).tolist()
    return sorted(
        (number, round(score, 6), *corner)
        for number, score, corner in zip(
            found.class_ids.tolist(), found.scores.tolist(), corners, strict=True
        )
    )
