import json
import tracemalloc
from pathlib import Path

import pytest

from annotations.formats.reading import LoneFile, read


def large_coco(path: Path, images: int) -> Path:
    """Annotations first and in no order, as the hardest case."""
    with path.open("w") as out:
        out.write('{"annotations":[')
        for at in range(images * 10):
            row = {"id": at, "image_id": at * 7919 % images, "category_id": 1, "bbox": [1, 2, 30, 40]}
            out.write(("," if at else "") + json.dumps(row))
        out.write('],"categories":[{"id":1,"name":"boat"}],"images":[')
        for at in range(images):
            out.write(
                ("," if at else "")
                + json.dumps({"id": at, "file_name": f"{at}.jpg", "width": 99, "height": 99})
            )
        out.write("]}")
    return path


@pytest.mark.slow
def test_memory_does_not_grow_with_a_coco_file(tmp_path):
    def peak(images: int) -> int:
        path = large_coco(tmp_path / f"{images}.json", images)
        tracemalloc.start()
        reading = read(LoneFile(path, "a.json"))
        count = sum(len(image.shapes) for image in reading.images())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == images * 10
        return found

    small, large = peak(200), peak(800)

    # Names of images stay, to know which pictures were met; 6,000 shapes more would be some 6 MB.
    assert large - small < 2_000_000
