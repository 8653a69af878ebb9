"""ImageFolder: pictures in folders named as their class, below train, val and test or not. Each becomes a tag."""

from collections.abc import Iterator

from annotations.formats.image_folder import UNTAGGED
from annotations.formats.reading.listing import Listing
from annotations.formats.reading.numbers import line
from annotations.formats.reading.records import ReadImage, ReadShape
from annotations.formats.reading.scope import SPLITS, Scope, split_of

# Folders of pictures that name no class.
PLAIN = (
    *(
        "images",
        "image",
        "img",
        "imgs",
        "jpegimages",
        "photos",
        "pictures",
        "data",
        "dataset",
        "obj_train_data",
    ),
    *("image_2", "previews", "unsplit", UNTAGGED),
)


class ImageFolderReader:
    name = "imagefolder"
    title = "ImageFolder"
    says = "One folder of pictures per class, for classification; each picture gets its folder as a tag."

    def guess(self, listing: Listing) -> tuple[float, str] | None:
        classes = {found for name in listing.pictures if (found := class_of(name))}
        if not classes or len(classes) * 2 > len(listing.pictures) + 1:
            return None
        told = ", ".join(sorted(classes)[:3])
        # With label files beside them the folders may mean something else.
        return (0.35 if listing.labels else 0.5), f"Its pictures lie in folders that may be classes: {told}."

    def read(self, scope: Scope) -> Iterator[ReadImage]:
        for path in scope.listing.pictures:
            name = class_of(path)
            if name:
                yield ReadImage(
                    path.rpartition("/")[2],
                    path,
                    path=path,
                    split=split_of(path.rpartition("/")[0].rpartition("/")[0]),
                    shapes=[ReadShape(name, "tag", place=path)],
                )


def class_of(path: str) -> str:
    """The folder that a picture lies in, unless it is one of no class."""
    folder = path.split("/")[-2] if "/" in path else ""
    is_plain = folder.lower() in PLAIN or folder.lower() in SPLITS
    return "" if is_plain else line(folder)
