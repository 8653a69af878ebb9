"""Reading labels of other tools. A new format is a module and a line in READERS.

    reading = read(tree, size_of=size_of)
    for image in reading.images():
        ...
    reading.findings, reading.classes

`detect` says what a tree may be and why. Nothing raises for bad input: what is wrong becomes a finding.
"""

from annotations.formats.reading.coco import CocoReader
from annotations.formats.reading.csv_rows import CsvReader
from annotations.formats.reading.cvat import CvatReader
from annotations.formats.reading.datumaro import DatumaroReader
from annotations.formats.reading.image_folder import ImageFolderReader
from annotations.formats.reading.json_lines import JsonLinesReader
from annotations.formats.reading.kitti import KittiReader
from annotations.formats.reading.label_studio import LabelStudioReader
from annotations.formats.reading.labelme import LabelMeReader
from annotations.formats.reading.openimages import OpenImagesReader
from annotations.formats.reading.own_json import OwnJsonReader, OwnZipReader
from annotations.formats.reading.own_threads import ReadComment, ReadPerson, ReadThread
from annotations.formats.reading.records import (
    ClassList,
    Finding,
    Findings,
    Guess,
    ReadClass,
    ReadImage,
    ReadShape,
)
from annotations.formats.reading.scope import Size, SizeOf
from annotations.formats.reading.session import Reader, Reading
from annotations.formats.reading.session import detect as detect_among
from annotations.formats.reading.session import read as read_among
from annotations.formats.reading.trees import FolderTree, LoneFile, MemberTree, Tree
from annotations.formats.reading.voc import VocReader
from annotations.formats.reading.yolo import YoloReader

__all__ = [
    "READERS",
    "READER_NAMES",
    "ClassList",
    "Finding",
    "Findings",
    "FolderTree",
    "Guess",
    "LoneFile",
    "MemberTree",
    "ReadClass",
    "ReadComment",
    "ReadImage",
    "ReadPerson",
    "ReadShape",
    "ReadThread",
    "Reader",
    "Reading",
    "Size",
    "SizeOf",
    "Tree",
    "detect",
    "read",
]

READERS: tuple[Reader, ...] = (
    YoloReader(),
    CocoReader(),
    VocReader(),
    CvatReader(),
    LabelStudioReader(),
    LabelMeReader(),
    KittiReader(),
    OpenImagesReader(),
    CsvReader(),
    JsonLinesReader(),
    ImageFolderReader(),
    DatumaroReader(),
    OwnJsonReader(),
    OwnZipReader(),
)
READER_NAMES = tuple(reader.name for reader in READERS)


def detect(tree: Tree) -> list[Guess]:
    """What the tree may be, the most likely first; empty where no reader knows it."""
    return detect_among(READERS, tree)


def read(tree: Tree, format_name: str | None = None, size_of: SizeOf | None = None) -> Reading:
    """A reading of the tree as what it most likely is, or as what it is said to be.

    `size_of` tells the upright size of the picture that a label file names, where the importer knows it.
    Raises LookupError for a format that has no reader.
    """
    return read_among(READERS, tree, format_name, size_of)
