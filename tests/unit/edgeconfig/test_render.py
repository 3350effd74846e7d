"""Envoy's configuration as data; that Envoy takes it is seen in tests/integration/edge."""

import base64
import dataclasses
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool

from edgeconfig import EdgeAddresses, EdgeSettings, render
from edgeconfig.contract import public_methods, reasons
from edgeconfig.problems import REASON_OF_CODE, REASON_OF_STATUS

ADDRESSES = EdgeAddresses(
    listen_host="0.0.0.0",  # noqa: S104  # rendered, not bound
    listen_port=8000,
    admin_port=9901,
    gateway="gateway.hiremesh:50051",
    auth="[::1]:50052",
    matching="127.0.0.1:50053",
    access_log="/dev/stdout",
)


def configuration(addresses: EdgeAddresses = ADDRESSES, **settings: Any) -> dict[str, Any]:
    return dict(yaml.safe_load(render(EdgeSettings(**settings), addresses)))


def manager(rendered: dict[str, Any]) -> dict[str, Any]:
    return dict(rendered["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"])


def http_filter(rendered: dict[str, Any], name: str) -> dict[str, Any]:
    return next(entry["typed_config"] for entry in manager(rendered)["http_filters"] if entry["name"].endswith(name))


def endpoint(rendered: dict[str, Any], cluster: str) -> dict[str, Any] | None:
    entry = next(c for c in rendered["static_resources"]["clusters"] if c["name"] == cluster)
    endpoints = entry["load_assignment"]["endpoints"][0]["lb_endpoints"]
    return endpoints[0]["endpoint"]["address"]["socket_address"] if endpoints else None


def test_clusters_are_where_the_addresses_say() -> None:
    rendered = configuration()
    assert endpoint(rendered, "gateway") == {"address": "gateway.hiremesh", "port_value": 50051}
    assert endpoint(rendered, "auth") == {"address": "::1", "port_value": 50052}
    assert endpoint(rendered, "edge") == {"address": "127.0.0.1", "port_value": 8000}


def test_calls_are_spread_over_all_replicas_of_a_service() -> None:
    rendered = configuration(dataclasses.replace(ADDRESSES, gateway="127.0.0.1:1,127.0.0.1:2"))
    cluster = next(entry for entry in rendered["static_resources"]["clusters"] if entry["name"] == "gateway")
    endpoints = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    assert [entry["endpoint"]["address"]["socket_address"]["port_value"] for entry in endpoints] == [1, 2]
    assert cluster["lb_policy"] == "LEAST_REQUEST"


def test_admin_is_on_the_loopback_wherever_the_edge_listens() -> None:
    assert configuration()["admin"]["address"]["socket_address"]["address"] == "127.0.0.1"


def test_spans_are_sent_only_where_a_collector_is() -> None:
    assert endpoint(configuration(), "otlp") is None
    collector = endpoint(configuration(otlp_endpoint="http://collector:4317"), "otlp")
    assert collector == {"address": "collector", "port_value": 4317}


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIREMESH_RATE_LIMIT_PER_MINUTE", "7")
    monkeypatch.setenv("HIREMESH_ALLOWED_ORIGINS", "https://a.example, https://b.example")
    settings = EdgeSettings()
    assert settings.rate_limit_per_minute == 7
    assert settings.allowed_origins == ("https://a.example", "https://b.example")


def test_rate_limit_is_that_of_the_settings() -> None:
    buckets = http_filter(configuration(rate_limit_per_minute=7), "local_ratelimit")["descriptors"]
    assert [bucket["token_bucket"]["max_tokens"] for bucket in buckets] == [7, 7]


def test_quotes_in_settings_do_not_break_out() -> None:
    origin = 'https://a.example"] x: {'
    policy = manager(configuration(allowed_origins=(origin,)))["route_config"]["virtual_hosts"][0][
        "typed_per_filter_config"
    ]
    assert policy["envoy.filters.http.cors"]["allow_origin_string_match"] == [{"exact": origin}]


def test_every_limit_of_the_contract_has_its_filter() -> None:
    limits = {method.policy.max_request_bytes or 1024 * 1024 for method in public_methods()}
    names = {entry["name"] for entry in manager(configuration())["http_filters"]}
    assert {f"body_size_limit_{limit}" for limit in limits} <= names


def test_users_methods_ask_for_a_token_on_every_route() -> None:
    routes = manager(configuration())["route_config"]["virtual_hosts"][0]["routes"]
    service = "hiremesh.gateway.v1.ResumeService"
    resumes = [route for route in routes if route.get("name", "").startswith(f"{service}/")]
    # One native route and one for each path.
    assert len(resumes) == sum(1 + len(method.bindings) for method in public_methods() if method.service == service)
    for route in resumes:
        assert route["typed_per_filter_config"]["envoy.filters.http.jwt_authn"]["requirement_name"] == "user"


def test_transcoder_image_is_complete_without_validation_rules() -> None:
    rendered = http_filter(configuration(), "grpc_json_transcoder")["proto_descriptor_bin"]
    image = descriptor_pb2.FileDescriptorSet.FromString(base64.b64decode(rendered))
    pool = descriptor_pool.DescriptorPool()
    for file in image.file:
        pool.Add(file)
    for method in public_methods():
        assert pool.FindServiceByName(method.service).methods_by_name[method.name]
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo")
    assert not [file.name for file in image.file if file.name.startswith("buf/") or file.source_code_info.location]


def test_fallback_reasons_exist_in_the_contract() -> None:
    assert {*REASON_OF_CODE.values(), *REASON_OF_STATUS.values()} <= {reason.name for reason in reasons()}


def test_same_input_renders_the_same() -> None:
    again = dataclasses.replace(ADDRESSES)
    assert render(EdgeSettings(), ADDRESSES) == render(EdgeSettings(), again)


def test_limits_of_bodies_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIREMESH_REQUEST_LIMITS", "SubmitParseBatch=7, AnalyzeResume=8")
    assert EdgeSettings().request_limits == {"SubmitParseBatch": 7, "AnalyzeResume": 8}
