"""The OpenAPI 3.1 document of the REST edge."""

import re
from collections.abc import Iterator
from typing import Any

from google.protobuf import descriptor_pb2

from edgeconfig.comments import comments
from edgeconfig.contract import HTTP_BODY, Binding, Method, public_methods, reasons
from edgeconfig.schemas import Schema, Schemas, is_required, messages
from hiremesh.edge.v1 import policy_pb2

_VARIABLE = re.compile(r"\{([^{}=]+)(?:=[^{}]+)?\}")
_PROBLEM = "application/problem+json"

# The fields of forms; to the contract a form is one opaque document.
_PARSE_FIELDS: dict[str, Schema] = {
    "fileType": {"type": "string", "enum": ["file", "text"], "description": "What the form holds."},
    "file": {"type": "string", "format": "binary", "description": "The document, when `fileType` is `file`."},
    "text": {"type": "string", "description": "The resume as text, when `fileType` is `text`."},
    "fresh": {"type": "boolean", "default": False, "description": "Parse again although it was parsed before."},
}
_FALLBACK_FIELD: Schema = {
    "type": "boolean",
    "default": True,
    "description": "Read the document at once while no worker is there, rather than fail.",
}
_REDACT_FIELD: Schema = {
    "type": "boolean",
    "default": False,
    "description": "Answer with the anonymised view; what is stored stays whole.",
}
_RESUME_FIELD: Schema = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "description": "The document.",
}
_ANONYMISED_FIELD: Schema = {
    "type": "boolean",
    "default": False,
    "description": "Remove name, gender, age, address, nationality, schools and graduation years before anything is scored.",
}
_FORMS: dict[str, Schema] = {
    "hiremesh.gateway.v1.ResumeService/ParseResume": {
        "type": "object",
        "required": ["fileType"],
        "properties": _PARSE_FIELDS | {"redact": _REDACT_FIELD},
    },
    "hiremesh.gateway.v1.ParseJobService/SubmitParseJob": {
        "type": "object",
        "required": ["fileType"],
        "properties": _PARSE_FIELDS | {"fallback_to_sync": _FALLBACK_FIELD},
    },
    "hiremesh.gateway.v1.ParseBatchService/SubmitParseBatch": {
        "type": "object",
        "required": ["files"],
        "properties": {
            "files": {
                "type": "array",
                "items": {"type": "string", "format": "binary"},
                "description": "Documents, and ZIP archives of documents; parts of any name that are files count.",
            },
            "fresh": _PARSE_FIELDS["fresh"],
            "request_id": {"type": "string", "format": "uuid", "description": "Makes the request repeatable."},
        },
    },
    "hiremesh.matching.v1.AnalysisService/AnalyzeResume": {
        "type": "object",
        "required": ["resume", "job_description"],
        "properties": {
            "resume": _RESUME_FIELD,
            "job_description": {"type": "string", "description": "The text of the job, up to 100,000 characters."},
            "anonymised": _ANONYMISED_FIELD,
        },
    },
    "hiremesh.matching.v1.ResumeAnalysisService/AnalyzeForJob": {
        "type": "object",
        "required": ["job_id"],
        "properties": {
            "job_id": {"type": "string", "format": "uuid", "description": "Id of the job."},
            "resume": _RESUME_FIELD,
            "resume_id": {
                "type": "string",
                "format": "uuid",
                "description": "A stored resume of the caller, instead of `resume`.",
            },
            "anonymised": _ANONYMISED_FIELD,
        },
    },
}
# Forms that may also come as an object: without their files.
_OBJECTS = {
    name: form | {"properties": {key: value for key, value in form["properties"].items() if value is not _RESUME_FIELD}}
    for name, form in _FORMS.items()
    if name == "hiremesh.matching.v1.ResumeAnalysisService/AnalyzeForJob"
}
_DOCUMENT_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
)
# Media types of bodies other than forms, where they are not those of documents.
_BODY_TYPES = {"hiremesh.gateway.v1.ParseBatchService/SubmitParseBatch": ("application/zip",)}
# Media types of answers that are not JSON of a message.
_MEDIA_TYPES = {
    "hiremesh.gateway.v1.DocsService/GetOpenApi": "application/json",
    "hiremesh.gateway.v1.DocsService/GetDocs": "text/html",
    "hiremesh.gateway.v1.ResumeService/GetResumeDocument": "application/octet-stream",
}
# Answers that are a message printed as JSON, or a file: which message, and the file's media type.
_PRINTED_OR_FILE = {
    "hiremesh.gateway.v1.RedactionService/GetRedactedResume": ("hiremesh.profile.v1.Resume", "application/pdf"),
}
_SUCCESS_STATUSES = {
    "hiremesh.auth.v1.AuthService/Register": "201",
    "hiremesh.gateway.v1.ParseJobService/SubmitParseJob": "202",
    "hiremesh.gateway.v1.ParseBatchService/SubmitParseBatch": "202",
}
# Answers other than success and problem.
_MORE_STATUSES = {
    "hiremesh.gateway.v1.StatusService/GetHealth": {"503": "Resumes cannot be parsed."},
    "hiremesh.gateway.v1.ParseJobService/SubmitParseJob": {
        "200": "No worker was there: the document was read at once."
    },
}

_EVENT_PARAMETERS: tuple[dict[str, Any], ...] = (
    {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "Id of the last event that the client has; browsers send it when they come back.",
        "schema": {"type": "string"},
    },
)

_DESCRIPTION = """\
Turns resumes into structured, checked data and matches people with jobs.

Get a token from `POST /api/v1/login` and send it as `Authorization: Bearer`. Every failure answers with a problem document (RFC 9457);
its `code` tells what happened. A user may make 100 requests a minute by default; above, the answer is 429 with `Retry-After`.
"""


def document() -> dict[str, Any]:
    """The document as JSON values."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for method in public_methods():
        for index, binding in enumerate(method.bindings):
            path = paths.setdefault(_VARIABLE.sub(r"{\1}", binding.template), {})
            path[binding.verb.lower()] = _operation(method, binding, index, schemas)
    schemas.components["Problem"] = _problem()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hiremesh",
            "version": "v1",
            "description": _DESCRIPTION,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "servers": [{"url": "/"}],
        "tags": list(_tags()),
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "responses": {
                "Problem": {
                    "description": "Any failure.",
                    "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                # For EventSource, which cannot send headers.
                "query_token": {"type": "apiKey", "in": "query", "name": "authorization"},
            },
        },
    }


def _tags() -> Iterator[dict[str, str]]:
    for service in dict.fromkeys(method.service for method in public_methods()):
        yield {"name": _tag(service), "description": comments().get(service, "")}


def _tag(service: str) -> str:
    return service.rpartition(".")[2].removesuffix("Service")


def _operation(method: Method, binding: Binding, index: int, schemas: Schemas) -> dict[str, Any]:
    comment = comments().get(f"{method.service}.{method.name}", "")
    operation: dict[str, Any] = {
        # The first path is the canonical one; the others are those of earlier APIs.
        "operationId": method.name if index == 0 else f"{method.name}{index + 1}",
        "tags": [_tag(method.service)],
        "summary": comment.split(". ")[0].split("\n")[0].removesuffix("."),
        "description": comment,
        "responses": _responses(method, binding, schemas),
    }
    if parameters := [*_parameters(method, binding, schemas), *(_EVENT_PARAMETERS if method.is_event_stream else ())]:
        operation["parameters"] = parameters
    if binding.body:
        operation["requestBody"] = {"required": True, "content": _request_content(method, binding, schemas)}
    if method.policy.access == policy_pb2.ACCESS_USER:
        operation["security"] = [{"bearer": []}, *([{"query_token": []}] if method.is_event_stream else ())]
    return operation


def _parameters(method: Method, binding: Binding, schemas: Schemas) -> Iterator[dict[str, Any]]:
    in_path = _VARIABLE.findall(binding.template)
    for field in messages()[method.request].field:
        in_query = binding.body not in ("*", field.name) and field.type != field.TYPE_MESSAGE
        if field.name in in_path or in_query:
            yield _parameter(method, field, schemas, in_path=field.name in in_path)


def _parameter(
    method: Method, field: descriptor_pb2.FieldDescriptorProto, schemas: Schemas, *, in_path: bool
) -> dict[str, Any]:
    schema = schemas.of_field(method.request, field)
    return {
        "name": field.name,
        "in": "path" if in_path else "query",
        "required": in_path or is_required(field),
        "description": schema.pop("description", ""),
        "schema": schema,
    }


def _request_content(method: Method, binding: Binding, schemas: Schemas) -> dict[str, Any]:
    if binding.body == "*":
        return {"application/json": {"schema": schemas.of_message(method.request)}}
    field = next(field for field in messages()[method.request].field if field.name == binding.body)
    if field.type_name.removeprefix(".") != HTTP_BODY:
        return {"application/json": {"schema": schemas.of_field(method.request, field)}}
    name = f"{method.service}/{method.name}"
    types = _BODY_TYPES.get(name, _DOCUMENT_TYPES)
    documents = {media: {"schema": schemas.of_message(HTTP_BODY)} for media in types}
    objects = {"application/json": {"schema": _OBJECTS[name]}} if name in _OBJECTS else {}
    return {"multipart/form-data": {"schema": _FORMS[name]}} | objects | documents


def _responses(method: Method, binding: Binding, schemas: Schemas) -> dict[str, Any]:
    name = f"{method.service}/{method.name}"
    content = _response_content(method, binding, schemas)
    responses = {_SUCCESS_STATUSES.get(name, "200"): {"description": "Success.", "content": content}}
    for status, description in _MORE_STATUSES.get(name, {}).items():
        responses[status] = {"description": description, "content": content}
    return responses | {"default": {"$ref": "#/components/responses/Problem"}}


def _response_content(method: Method, binding: Binding, schemas: Schemas) -> dict[str, Any]:
    name = f"{method.service}/{method.name}"
    if name in _PRINTED_OR_FILE:
        message, media_type = _PRINTED_OR_FILE[name]
        return {
            "application/json": {"schema": schemas.of_message(message)},
            media_type: {"schema": schemas.of_message(HTTP_BODY)},
        }
    if binding.response_body:
        fields = messages()[method.response].field
        field = next(field for field in fields if field.name == binding.response_body)
        schema = schemas.of_field(method.response, field)
        schema.pop("description", None)
    else:
        schema = schemas.of_message(method.response)
    if method.is_event_stream:
        return {"text/event-stream": {"schema": {"type": "string"}}}
    return {_MEDIA_TYPES.get(name, "application/json"): {"schema": schema}}


def _problem() -> Schema:
    properties: dict[str, Schema] = {
        "type": {"type": "string", "description": "URN of the reason."},
        "title": {"type": "string", "description": "The reason in words; the same for every occurrence."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What happened this time."},
        "success": {"type": "boolean", "const": False},
        "error": {"type": "string", "description": "The same text as `detail`."},
        "code": {"type": "string", "enum": [r.name for r in reasons()[1:]], "description": "The reason."},
        "details": {
            "type": "object",
            "description": "Figures of the reason; `fields` names those at fault, `retry_after_seconds` tells when to try again.",
            "properties": {
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"field": {"type": "string"}, "description": {"type": "string"}},
                    },
                },
                "retry_after_seconds": {"type": "integer"},
            },
        },
        "trace_id": {"type": ["string", "null"], "description": "Quote it when you report a problem."},
    }
    return {
        "type": "object",
        "description": "A failure (RFC 9457).",
        "properties": properties,
        "required": list(properties),
    }
