"""The review steps of an image."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.review import review
from annotations.api.edits import if_match_of
from datasets.queries import image_for
from modelship.api.views import ApiView


class ImageReview(ApiView):
    """POST {"action": "submit|approve|reject|reopen", "comment"?}; an approved image is locked."""

    post_answers = (200,)

    def post(self, request: Request, image_id: UUID) -> Response:
        # The gate comes before the body: a foreign image is a 404 whatever was sent.
        image_for(self.actor, image_id, "view")
        data = self.fields("action", "comment")
        answer = review(
            image_id,
            data.get("action"),
            actor=self.actor,
            comment=data.get("comment", ""),
            if_match=if_match_of(request),
        )
        return Response(answer)
