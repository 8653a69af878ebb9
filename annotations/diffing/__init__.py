"""What differs between two moments: boxes by their ids, and lists of classes. Values in, values out."""

from annotations.diffing.boxes import BoxChange, diff_boxes
from annotations.diffing.classes import diff_classes

__all__ = ["BoxChange", "diff_boxes", "diff_classes"]
