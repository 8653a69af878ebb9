"""How good a model is, counted in plain Python: no Django, no numpy, so that the web and the worker need neither.

The measure of average precision is COCO's (Lin et al. 2014); tests hold it against pycocotools.
"""

from inference.scoring.agreement import agreement_of
from inference.scoring.boxes import Picture, Spot, overlap
from inference.scoring.precision import Precisions
from inference.scoring.report import report_of
from inference.scoring.summary import summary_of

__all__ = ["Picture", "Precisions", "Spot", "agreement_of", "overlap", "report_of", "summary_of"]
