"""The OpenAPI document and the page of errors."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from edgeconfig.__main__ import main
from edgeconfig.contract import public_methods, reasons
from edgeconfig.errors_page import page
from edgeconfig.openapi import document


def test_document_is_valid_openapi_3_1() -> None:
    validate(document(), cls=OpenAPIV31SpecValidator)


def test_every_binding_is_an_operation() -> None:
    bindings = [binding for method in public_methods() for binding in method.bindings]
    operations = [operation for path in document()["paths"].values() for operation in path.values()]
    assert len(operations) == len(bindings)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_upload_is_described_as_a_form() -> None:
    content = document()["paths"]["/parse-resume"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"fileType", "file", "text", "fresh", "redact"}


def test_answer_of_a_parse_is_the_resume_itself() -> None:
    answer = document()["paths"]["/api/v1/parse-resume"]["post"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Resume"}


def test_names_are_those_that_the_edge_prints() -> None:
    schemas = document()["components"]["schemas"]
    assert "parseTime" in schemas["ResumeMetadata"]["properties"]
    assert "total_years_experience" in schemas["Resume"]["properties"]


def test_maps_and_lists_keep_their_shape() -> None:
    resume = document()["components"]["schemas"]["Resume"]["properties"]
    assert resume["provenance"]["additionalProperties"] == {"$ref": "#/components/schemas/Provenance"}
    assert resume["skills"]["items"] == {"type": "string"}
    assert not [name for name in document()["components"]["schemas"] if name.endswith("Entry")]


def test_comments_of_the_contract_are_the_descriptions() -> None:
    personal = document()["components"]["schemas"]["Personal"]["properties"]
    assert personal["email"]["description"] == "E-mail address, lower case."


def test_rules_of_the_contract_are_in_the_schemas() -> None:
    email = document()["components"]["schemas"]["RegisterRequest"]["properties"]["email"]
    assert (email["format"], email["maxLength"]) == ("email", 254)


def test_only_users_methods_ask_for_a_token() -> None:
    paths = document()["paths"]
    assert paths["/parse-resume"]["post"]["security"] == [{"bearer": []}]
    assert "security" not in paths["/health"]["get"]


def test_every_reason_has_its_section() -> None:
    sections = [line.removeprefix("## ") for line in page().splitlines() if line.startswith("## ")]
    assert sections == [reason.name for reason in reasons()[1:]]
    assert "HTTP 413, gRPC INVALID_ARGUMENT, `urn:hiremesh:error:file-too-large`" in page()


def test_command_prints_the_document(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["edgeconfig", "openapi"])
    main()
    assert json.loads(capsys.readouterr().out) == document()


def test_streams_of_events_are_described_as_such() -> None:
    operation = document()["paths"]["/parse-resume-async/stream/{job_id}"]["get"]
    assert set(operation["responses"]["200"]["content"]) == {"text/event-stream"}
    assert operation["security"] == [{"bearer": []}, {"query_token": []}]
    assert "Last-Event-ID" in [parameter["name"] for parameter in operation["parameters"]]
