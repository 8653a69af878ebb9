"""Models that are installed by name. A new one is one entry.

Each sum was published by people who fetched the very address, or is that of a file which our tests run; sums
of quantised or other variants of the same name are never used. An entry without a sum is installed only
where somebody says that they trust its source.
"""

from dataclasses import dataclass

from django.conf import settings

from inference.engine.class_names import COCO_80, FACE
from inference.engine.spec import DETECT, EMBED
from inference.overrides import Overrides
from modelship.lib.errors import NotFound

KIND = "install_model"
YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0"
RAW = "https://raw.githubusercontent.com"
DFINE = "https://huggingface.co/onnx-community"
APACHE = "Apache-2.0"
Triple = tuple[float, float, float]
IMAGENET: tuple[Triple, Triple] = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
PLAIN: tuple[Triple, Triple] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
RESIZES = {
    "letterbox_top_left": "fitted into the input, the rest grey",
    "letterbox_center": "fitted into the middle of the input, the rest grey",
    "stretch": "stretched to the input",
    "center_crop": "cut to the input's shape",
}


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes the input, as it was when the weights were trained; no graph tells all of it."""

    channel_order: str
    scale: float
    resize: str
    normal: tuple[Triple, Triple] = PLAIN

    def overrides(self) -> Overrides:
        mean, std = self.normal
        return Overrides(
            {
                "channel_order": self.channel_order,
                "scale": self.scale,
                "resize": self.resize,
                "mean": mean,
                "std": std,
            }
        )

    @property
    def words(self) -> str:
        """For people: "BGR, 0 to 255, fitted into the input, the rest grey"."""
        parts = [self.channel_order, f"0 to {255 * self.scale:g}"]
        if self.normal == IMAGENET:
            parts.append("ImageNet mean and deviation")
        return ", ".join([*parts, RESIZES[self.resize]])


YOLOX_FEED = Preprocessing("BGR", 1.0, "letterbox_top_left")
DETR_FEED = Preprocessing("RGB", 1 / 255, "stretch")
FACE_FEED = Preprocessing("RGB", 1 / 255, "stretch", IMAGENET)


@dataclass(frozen=True)
class CatalogEntry:
    """A published model file. `group` is what it is for; `size` is in bytes; `sha256` is empty where it is not known."""

    name: str
    title: str
    group: str
    description: str
    link: str
    file: str
    head: str
    input: tuple[int, int]
    classes: tuple[str, ...]
    feed: Preprocessing
    size: int
    sha256: str
    license: str = APACHE
    task: str = DETECT

    @property
    def url(self) -> str:
        """At its maker, or at the operator's mirror."""
        mirror = settings.MODELSHIP_MODEL_MIRROR
        return f"{mirror.rstrip('/')}/{self.file}" if mirror else self.link

    @property
    def is_pinned(self) -> bool:
        return bool(self.sha256)


OBJECTS, FACES, VECTORS = "Find objects", "Find faces", "Tell faces apart"


def _yolox(size: str, side: int, use: str, size_bytes: int, sha256: str, link: str = "") -> CatalogEntry:
    name = f"yolox_{size}"
    return CatalogEntry(
        name=name,
        title=f"YOLOX-{size.title()}",
        group=OBJECTS,
        description=f"80 everyday classes (COCO). {use}",
        link=link or f"{YOLOX}/{name}.onnx",
        file=f"{name}.onnx",
        head="yolox",
        input=(side, side),
        classes=COCO_80,
        feed=YOLOX_FEED,
        size=size_bytes,
        sha256=sha256,
    )


def _dfine(size: str, revision: str, use: str, size_bytes: int, sha256: str) -> CatalogEntry:
    name = f"dfine_{size}_coco"
    return CatalogEntry(
        name=name,
        title=f"D-FINE-{size.upper()}",
        group=OBJECTS,
        description=f"80 everyday classes (COCO), a transformer. {use}",
        link=f"{DFINE}/{name}-ONNX/resolve/{revision}/onnx/model.onnx",
        file=f"{name}.onnx",
        head="detr",
        input=(640, 640),
        classes=COCO_80,
        feed=DETR_FEED,
        size=size_bytes,
        sha256=sha256,
    )


CATALOG: tuple[CatalogEntry, ...] = (
    _yolox(
        "nano",
        416,
        "Fastest, for a first look.",
        3_660_092,
        "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
        f"{RAW}/Kazuhito00/YOLOX-ONNX-TFLite-Sample/3d4f1119d0694200671c08069ecb847aa0d8495a/model/yolox_nano.onnx",
    ),
    _yolox(
        "tiny",
        416,
        "Fast, clearly better than nano.",
        20_219_662,
        "427cc366d34e27ff7a03e2899b5e3671425c262ea2291f88bb942bc1cc70b0f7",
    ),
    _yolox(
        "s",
        640,
        "A good start on a laptop.",
        35_858_002,
        "c5c2d13e59ae883e6af3b45daea64af4833a4951c92d116ec270d9ddbe998063",
    ),
    _yolox(
        "m",
        640,
        "Better, at about a third of the speed of s.",
        101_259_744,
        "21ff6cfdeb53b013bac2249599e55f00bff3cfdfdab37ed7a4620818c1d15b3f",
    ),
    _yolox(
        "l",
        640,
        "For a server with many cores.",
        216_746_733,
        "7860ae79de6c89a3c1eb72ae9a2756c0ccfbe04b7791bb5880afabd97855a411",
    ),
    _yolox(
        "x",
        640,
        "The most accurate YOLOX and the slowest.",
        396_142_663,
        "c892d7aaf1c4746d8a4d675bec669a4db4f434b4ee1efb654bc9b353379c7c55",
    ),
    CatalogEntry(
        name="deimv2_femto",
        title="DEIMv2-Femto",
        group=OBJECTS,
        description="80 everyday classes (COCO), a tiny transformer. As small as YOLOX-Nano and more accurate.",
        link=f"{RAW}/Kazuhito00/DEIMv2-ONNX-Sample/f88d4382abca74edb26ed4c7f46190ac40da0ea5/model/"
        "deimv2_hgnetv2_femto_coco.onnx",
        file="deimv2_hgnetv2_femto_coco.onnx",
        head="detr",
        input=(416, 416),
        classes=COCO_80,
        feed=DETR_FEED,
        size=4_116_144,
        sha256="c6ad358f750132b891165e034c2ba507abefc5ebe1c1d2732a0acbcacc47e52c",
    ),
    _dfine(
        "s",
        "a3cf03147a9b86c78475139115c8ac142577352d",
        "Clearly more accurate than YOLOX-S.",
        41_535_197,
        "cd8a49a945feda6d28c6304ae8ae85c2759ba1d78a5a83a22c5ce8db82ef7238",
    ),
    _dfine(
        "m",
        "489756db2825cb068a588fe930af239a656d1fe1",
        "For a server with many cores.",
        78_624_257,
        "70aaa837978a06ba44ad17398c7079ae5a1a7b1a9032b5d7053981e1ada02d6b",
    ),
    CatalogEntry(
        name="yunet",
        title="YuNet",
        group=FACES,
        description="Boxes around faces. Small and fast; find small faces in large pictures with slices.",
        link=f"{RAW}/ShiqiYu/libfacedetection.train/0047ac24afb1a50a0c6105001c89d1b5b805dbf1/onnx/"
        "yunet_n_dynamic.onnx",
        file="yunet_n_dynamic.onnx",
        head="yunet",
        input=(640, 640),
        classes=(FACE,),
        feed=YOLOX_FEED,
        size=322_906,
        sha256="104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
    ),
    CatalogEntry(
        name="mobilefacenet",
        title="MobileFaceNet",
        group=VECTORS,
        description="Turns an aligned face into 128 numbers, near for the same person. It draws no boxes.",
        link=f"{RAW}/foamliu/MobileFaceNet/a6cc9032a659b615f477833e1a70b5e7931bcccc/weights/MobileFaceNet.onnx",
        file="MobileFaceNet.onnx",
        head="face_embedding",
        input=(112, 112),
        classes=(),
        feed=FACE_FEED,
        size=3_998_070,
        sha256="b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
        task=EMBED,
    ),
)


def entries() -> tuple[CatalogEntry, ...]:
    return CATALOG


def entry_named(name: str) -> CatalogEntry:
    """Raises NotFound with the names that there are."""
    for entry in entries():
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in entries())
    raise NotFound(f"The catalogue has no model of that name. It has {names}.", code="unknown_model")


def declared(sha256: str) -> Overrides:
    """How the catalogue says that the file with this sum is fed, however it came here; empty for others."""
    for entry in entries():
        if entry.is_pinned and entry.sha256 == sha256:
            return entry.feed.overrides()
    return Overrides({})
