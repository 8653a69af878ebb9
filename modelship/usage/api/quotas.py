"""What the tenant may have, and has."""

from rest_framework.request import Request
from rest_framework.response import Response

from modelship.api.views import ApiView
from modelship.usage.queries import quotas_of


class Quotas(ApiView):
    """Each resource with what is used, the limit and what is left."""

    def get(self, request: Request) -> Response:
        return Response({"results": quotas_of(self.actor.tenant)})
