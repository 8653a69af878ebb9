"""The built-in detector enters like any other file, once, for everybody on this server."""

from pathlib import Path

from inference.actions.models import Origin, install_file
from inference.model_files import sha256_of
from inference.models import DetectorModel

NAME = "harbour-nano"
FILE = Path(__file__).resolve().parents[1] / "builtin" / "harbour_nano.onnx"
# How it looks best, measured on ports that it has not seen (inference/builtin/README.md).
SLICE = {"size": 1024, "overlap": 0.2, "full_image": True}
MERGE = {"method": "nms", "metric": "ios", "threshold": 0.5}
ORIGIN = Origin(source="built in", license="Apache-2.0")


def install_builtin() -> DetectorModel:
    """The installed built-in detector, archived or not; it is let in where this version is not there yet.

    Raises what `install_file` raises.
    """
    installed = DetectorModel.objects.filter(tenant=None, name=NAME, sha256=sha256_of(FILE)).first()
    return installed or install_file(FILE, name=NAME, origin=ORIGIN)
