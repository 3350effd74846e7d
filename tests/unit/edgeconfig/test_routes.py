"""The route table, made from the contract."""

import re
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from edgeconfig.contract import Binding, Method, public_methods
from edgeconfig.routes import limited, native_routes, path_regex, rest_paths
from hiremesh.edge.v1 import policy_pb2

MEBIBYTE = 1024 * 1024


def method(*bindings: Binding, **policy: object) -> Method:
    return Method(
        service="hiremesh.gateway.v1.ThingService",
        name="DoThing",
        request="hiremesh.gateway.v1.DoThingRequest",
        response="hiremesh.gateway.v1.DoThingResponse",
        policy=policy_pb2.MethodPolicy(access=policy_pb2.ACCESS_USER, **policy),  # type: ignore[arg-type]
        bindings=bindings,
    )


STREAM = "hiremesh.gateway.v1.ParseJobService/StreamParseJob"
BATCH_STREAM = "hiremesh.gateway.v1.ParseBatchService/StreamParseBatch"


def get(template: str) -> Binding:
    return Binding("GET", template, "", "")


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/", "/"),
        ("/health", "/health"),
        ("/health", "/health/"),
        ("/resumes/{id}", "/resumes/7"),
        ("/resumes/{id}", "/resumes/7/"),
        ("/.well-known/jwks.json", "/.well-known/jwks.json"),
        ("/files/{name=**}", "/files/a/b/c"),
        ("/{name=tenants/*/resumes/*}:parse", "/tenants/a/resumes/b:parse"),
    ],
)
def test_template_matches_path(template: str, path: str) -> None:
    assert re.fullmatch(path_regex(template), path)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("/resumes/{id}", "/resumes/"),
        ("/resumes/{id}", "/resumes/7/document"),
        ("/.well-known/jwks.json", "/.well-known/jwksXjson"),
        ("/health", "/healthy"),
    ],
)
def test_template_does_not_match_path(template: str, path: str) -> None:
    assert not re.fullmatch(path_regex(template), path)


def test_path_that_a_variable_would_swallow_comes_first() -> None:
    paths = rest_paths([method(get("/jobs/{id}")), method(get("/jobs/{id}:close")), method(get("/jobs/search"))], 1)
    assert [path.regex for path in paths] == ["/jobs/search/?", "/jobs/[^/]+:close/?", "/jobs/[^/]+/?"]


def test_verbs_of_one_path_are_told_together() -> None:
    (path,) = rest_paths([method(get("/things")), method(Binding("DELETE", "/things", "", ""))], 1)
    assert path.allow == "DELETE, GET"


def test_policy_becomes_limits_of_the_route() -> None:
    thing = method(get("/a"), timeout=Duration(seconds=7), max_request_bytes=5 * MEBIBYTE, idempotent=True)
    (path,) = rest_paths([thing], MEBIBYTE)
    (route,) = path.routes
    assert route.timeout == timedelta(seconds=7)
    assert route.edge_timeout > route.timeout
    assert route.max_request_bytes == 5 * MEBIBYTE
    assert route.retried
    assert route.token_required
    assert route.cluster == "gateway"


def test_policy_without_figures_gets_defaults() -> None:
    ((native),) = native_routes([method()], MEBIBYTE)
    assert native.path == "/hiremesh.gateway.v1.ThingService/DoThing"
    assert native.route.timeout == timedelta(seconds=30)
    assert native.route.max_request_bytes == MEBIBYTE
    assert not native.route.retried


def test_only_public_writes_are_limited_by_address() -> None:
    limited = {entry.route.name for entry in native_routes(public_methods(), 1) if entry.route.address_limited}
    assert "hiremesh.auth.v1.AuthService/Login" in limited
    assert not limited & {"hiremesh.auth.v1.AuthService/GetJwks", "hiremesh.gateway.v1.StatusService/GetHealth"}
    assert not any(name.startswith("hiremesh.gateway.v1.ResumeService/") for name in limited)


def test_methods_of_the_mesh_are_not_public() -> None:
    services = {method.service for method in public_methods()}
    assert "hiremesh.gateway.v1.ResumeService" in services
    assert not services & {"hiremesh.parser.v1.ParserService", "hiremesh.inference.v1.InferenceService"}


def test_a_stream_of_documents_is_a_stream_of_events_to_rest_clients_only() -> None:
    rest = [route for path in rest_paths(public_methods(), 1) for route in path.routes if route.event_stream]
    assert {route.name for route in rest} == {STREAM, BATCH_STREAM}
    assert not [entry for entry in native_routes(public_methods(), 1) if entry.route.event_stream]


def test_streams_may_be_silent_longer_than_other_calls_but_not_for_ever() -> None:
    routes = {entry.route.name: entry.route for entry in native_routes(public_methods(), 1)}
    assert routes["hiremesh.gateway.v1.ParseJobService/WatchParseJob"].idle_timeout == timedelta(hours=1)
    assert routes["hiremesh.gateway.v1.ParseJobService/GetParseJob"].idle_timeout is None


def test_an_operator_may_set_another_limit_for_the_body_of_a_method() -> None:
    small, large = method(max_request_bytes=5), method(max_request_bytes=9)
    assert limited([small], {}) == (small,)
    assert limited([small], {"DoThing": 9}) == (large,)
    with pytest.raises(ValueError, match="DoNothing"):
        limited([small], {"DoNothing": 9})
