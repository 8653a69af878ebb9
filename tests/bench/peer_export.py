"""How many seconds of processor time Datumaro takes to export: `python peer_export.py FORMAT IMAGES BOXES`, with a Python that has it.

It runs outside of this project's environment, so it imports nothing of it.
"""

import random
import sys
import tempfile
import time

import numpy as np
from datumaro.components.annotation import AnnotationType, Bbox, LabelCategories
from datumaro.components.dataset import Dataset
from datumaro.components.dataset_base import DatasetItem
from datumaro.components.media import Image

WIDTH, HEIGHT, CLASSES = 1280, 960, 80


def main() -> None:
    name, images, boxes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    dice = random.Random(1)
    pixel = np.zeros((1, 1, 3), np.uint8)
    labels = LabelCategories.from_iterable(f"class {at}" for at in range(CLASSES))
    items = [
        DatasetItem(
            id=f"image_{number:06}",
            media=Image.from_numpy(data=pixel, size=(HEIGHT, WIDTH)),
            attributes={"id": number},
            annotations=[_box(dice) for _ in range(boxes)],
        )
        for number in range(1, images + 1)
    ]
    dataset = Dataset.from_iterable(items, categories={AnnotationType.label: labels})
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        dataset.export(folder, name, save_media=False)
        sys.stdout.write(f"{time.process_time() - began}\n")


def _box(dice: random.Random) -> Bbox:
    w, h = dice.uniform(10, 300), dice.uniform(10, 300)
    return Bbox(dice.uniform(0, WIDTH - w), dice.uniform(0, HEIGHT - h), w, h, label=dice.randrange(CLASSES))


if __name__ == "__main__":
    main()
