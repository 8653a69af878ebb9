"""Routes of datasets and images. `media` is an alias of `images`."""

from django.urls import path

from datasets.api import bulk, datasets, images, searches, tiles, uploads

api = [
    path("datasets", datasets.Datasets.as_view(), name="api-datasets"),
    path("datasets/<uuid:dataset_id>", datasets.OneDataset.as_view(), name="api-dataset"),
    path("datasets/<uuid:dataset_id>/images", uploads.Uploads.as_view(), name="api-uploads"),
    path("datasets/<uuid:dataset_id>/facets", searches.Facets.as_view(), name="api-dataset-facets"),
    path("datasets/<uuid:dataset_id>/windows", searches.Windows.as_view(), name="api-dataset-windows"),
    path("datasets/<uuid:dataset_id>/bulk", bulk.DatasetBulk.as_view(), name="api-dataset-bulk"),
    path("search/keys", searches.SearchKeys.as_view(), name="api-search-keys"),
    *(
        path(f"{noun}{route}", view.as_view(), name=name.format(noun=noun.rstrip("s")))
        for noun in ("images", "media")
        for route, view, name in (
            ("", images.Images, "api-{noun}-list"),
            ("/<uuid:image_id>", images.OneImage, "api-{noun}"),
            ("/<uuid:image_id>/data", images.ImageData, "api-{noun}-data"),
            ("/<uuid:image_id>/tiles", tiles.ImageTiles, "api-{noun}-tiles"),
            ("/<uuid:image_id>/tiles/<int:level>/<int:column>_<int:row>", tiles.ImageTile, "api-{noun}-tile"),
            ("/<uuid:image_id>/thumbnail", images.ImageThumbnail, "api-{noun}-thumbnail"),
        )
    ),
]
pages: list = []
