"""How views describe themselves in OpenAPI: problem documents and the keys' security on each."""

import re
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse

PROBLEM = OpenApiResponse(OpenApiTypes.OBJECT, "RFC 9457 problem document (application/problem+json).")
REFUSALS = {401: PROBLEM, 403: PROBLEM, 404: PROBLEM}
PROBLEM_TYPE = "application/problem+json"
# What any route may answer besides what it names: a call that can't be read or done, and a busy server.
ANY_REFUSALS = ("4XX", "503")
PROBLEM_SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do."},
        "code": {"type": "string", "description": "The same in every release."},
        "field": {"type": "string", "description": "What of the request it is about."},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}


class Schema(AutoSchema):
    """Views without serializers answer JSON objects; tags are the first word of the path."""

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_request_serializer(self) -> Any:
        return getattr(self.view, "request_schema", OpenApiTypes.OBJECT)

    def get_response_serializers(self) -> Any:
        if self.method == "DELETE":
            return {204: None, **REFUSALS}
        codes = getattr(self.view, "post_answers", (201,)) if self.method == "POST" else (200,)
        return {**dict.fromkeys(codes, OpenApiTypes.OBJECT), **REFUSALS}

    def get_operation_id(self) -> str:
        words = re.findall(r"\w+", "/".join(self.path.split("/")[3:]))
        return "_".join([self.method.lower(), *words])


def describe_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every refusal is a problem document of its own media type, whatever a view says of its answers."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    refusal = {
        "description": "RFC 9457 problem document.",
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            named = (code for code in operation["responses"] if code[0] in "45")
            operation["responses"].update(dict.fromkeys((*named, *ANY_REFUSALS), refusal))
    return result


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
