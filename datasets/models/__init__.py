"""The tables of what people bring in. Other modules take them from here."""

from datasets.models.cleaning import CleanFinding, CleanReport, CleanSweep, SweptImage
from datasets.models.images import Blob, Dataset, DatasetVersion, Image, ImageQuerySet
from datasets.models.sources import ScanFinding, Source, SourceFile
from datasets.models.uploads import UploadSession, UploadVerdict
from datasets.models.views import SavedView

__all__ = [
    "Blob",
    "CleanFinding",
    "CleanReport",
    "CleanSweep",
    "Dataset",
    "DatasetVersion",
    "Image",
    "ImageQuerySet",
    "SavedView",
    "ScanFinding",
    "Source",
    "SourceFile",
    "SweptImage",
    "UploadSession",
    "UploadVerdict",
]
