"""What changed on an image since one reviewed it last."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.seen import mark_seen
from annotations.edits.values import seq_of
from annotations.seen_queries import changes_for
from datasets.queries import image_for
from modelship.api.views import ApiView


class ImageChanges(ApiView):
    """GET which boxes others changed since the person reviewed the image last; `since` is null where they never did.

    POST {"seq"?: n} says that they have seen it as it was at that revision, or as it is now.
    """

    post_answers = (200,)

    def get(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        return Response(changes_for(self.actor.user_id, image_id))

    def post(self, request: Request, image_id: UUID) -> Response:
        image_for(self.actor, image_id, "view")
        image = image_for(self.actor, image_id, "annotate")
        mark_seen(self.actor, image, seq_of(self.fields("seq").get("seq"), "seq"))
        return Response(changes_for(self.actor.user_id, image_id))
