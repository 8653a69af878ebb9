"""How views describe themselves in OpenAPI: problem documents and the keys' security on each."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "RFC 9457 problem document (application/problem+json).")
REFUSALS = {401: PROBLEM, 403: PROBLEM, 404: PROBLEM}


class Schema(AutoSchema):
    """Views without serializers answer JSON objects; tags are the first word of the path."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "request_schema", OpenApiTypes.OBJECT)

    def get_response_serializers(self) -> Any:
        success = 201 if self.method == "POST" else 204 if self.method == "DELETE" else 200
        return {success: None if success == 204 else OpenApiTypes.OBJECT, **REFUSALS}

    def get_operation_id(self) -> str:
        words = re.findall(r"\w+", "/".join(self.path.split("/")[3:]))
        return "_".join([self.method.lower(), *words])


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "modelship.api.auth.KeyAuth"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Api-Key <key>"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "modelship.api.auth.SessionAuth"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
