"""All reviewed labels of a dataset, page by page."""

from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from datasets.queries import dataset_for
from inference import labeled_queries as queries
from inference.text_queries import text_dict
from modelship.api.paging import page
from modelship.api.values import choice_of
from modelship.api.views import ApiView

KINDS = (queries.IMAGES, queries.TEXTS)
OF = OpenApiParameter(
    "of", str, enum=list(KINDS), description="Texts by default where the dataset has texts and no pictures."
)


class Labeled(ApiView):
    """The approved images with their accepted boxes and tags, or the texts that people accepted, named or rejected.

    In gallery order. A page ends early where its boxes become too many; `next` goes on from there.
    """

    @extend_schema(parameters=[OF])
    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        asked = request.query_params.dict()
        kind = choice_of(asked, "of", ("", *KINDS), default="") or queries.usual_kind(dataset)
        if kind == queries.TEXTS:
            rows = queries.reviewed_texts(dataset)
            return Response(page(request._request, rows, order=("ordinal",), to_dict=text_dict))
        answer = page(
            request._request,
            queries.approved_rows(dataset),
            order=("ordinal",),
            to_dict=queries.approved_dict,
            weigh=queries.weight_of,
        )
        return Response({**answer, "results": queries.with_boxes(answer["results"])})
