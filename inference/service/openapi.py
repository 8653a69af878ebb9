"""The description of the service, made of the shapes that it checks with."""

from importlib.metadata import version
from typing import Any

import msgspec

from inference import wire

JSON = "application/json"
BINARY = {"type": "string", "format": "binary"}
SHA256 = {
    "name": "sha256",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
LOOK = {
    "name": "look",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
SINCE = {"name": "since", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}
REFUSALS = {
    "400": "Malformed.",
    "401": "The token is missing or wrong.",
    "404": "The model is not here (`model_unknown`): send it and ask again. Or no such look is under way (`look_unknown`).",
    "408": "The body came too slowly.",
    "413": "Too many bytes.",
    "415": "Not what this route takes, or no model.",
    "422": "The picture or the model can't be used; `code` says why.",
    "503": "As much to do as there may be: come back after Retry-After seconds.",
}


def document() -> dict[str, Any]:
    shapes = [*wire.REQUESTS, *wire.ANSWERS]
    _, schemas = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ModelShip detector service",
            "version": str(wire.VERSION),
            "description": "Detection, inspection and self-tests of ONNX models. Errors are RFC 9457 problems.",
        },
        "paths": _paths(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def versions() -> dict[str, str]:
    return {name: version(name) for name in ("onnxruntime", "numpy", "opencv-python-headless", "pillow")}


def _paths() -> dict[str, Any]:
    one = {"parameters": [SHA256]}
    return {
        "/api/ml/health": {"get": {**_answer("That it lives, and what it is at.", "Health"), "security": []}},
        "/api/ml/metrics": {"get": _plain("Counters for Prometheus.", "text/plain")},
        "/api/ml/openapi.json": {"get": _plain("This document.", JSON)},
        "/api/ml/models": {"get": _answer("The models that it keeps.", "Models")},
        "/api/ml/models/{sha256}": {
            **one,
            "get": _answer("What is known of one model.", "Model"),
            "put": {
                **_answer("Send a model's bytes; the same again changes nothing.", "Model"),
                "requestBody": {
                    "required": True,
                    "content": {"application/octet-stream": {"schema": BINARY}},
                },
            },
        },
        "/api/ml/models/{sha256}/try": {
            **one,
            "post": {
                **_answer("Run it once on an empty picture.", "Tried"),
                "requestBody": {"required": True, "content": {JSON: {"schema": _ref("TryOptions")}}},
            },
        },
        "/api/ml/models/{sha256}/prove": {
            **one,
            "post": _form("Let it show what it sees, and how it is fed best.", "Proof", "ProveOptions"),
        },
        "/api/ml/detect": {"post": _form("Look at a picture.", "Sight", "DetectOptions")},
        "/api/ml/looks/{look}": {
            "parameters": [LOOK],
            "get": {
                **_answer("What a look under way has seen, slice by slice.", "Parts"),
                "parameters": [SINCE],
            },
            "delete": _answer("Let it end with what its finished slices gave.", "Parts"),
        },
    }


def _answer(summary: str, shape: str) -> dict[str, Any]:
    refusal = {"application/problem+json": {"schema": _ref("Problem")}}
    refusals = {status: {"description": words, "content": refusal} for status, words in REFUSALS.items()}
    done = {"description": "Done.", "content": {JSON: {"schema": _ref(shape)}}}
    return {"summary": summary, "responses": {"200": done, **refusals}}


def _plain(summary: str, kind: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {"200": {"description": "Done.", "content": {kind: {}}}}}


def _form(summary: str, shape: str, options: str) -> dict[str, Any]:
    body = {
        "type": "object",
        "properties": {"file": BINARY, "options": _ref(options)},
        "required": ["file"] if options == "DetectOptions" else ["options"],
    }
    encoding = {"options": {"contentType": JSON}}
    content = {"multipart/form-data": {"schema": body, "encoding": encoding}}
    return {**_answer(summary, shape), "requestBody": {"required": True, "content": content}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
