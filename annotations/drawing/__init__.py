"""Pictures with their boxes drawn in, for people. Pure: Pillow and geometry, nothing of the web."""

from annotations.drawing.picture import DrawnBox, draw_boxes, draw_file

__all__ = ["DrawnBox", "draw_boxes", "draw_file"]
