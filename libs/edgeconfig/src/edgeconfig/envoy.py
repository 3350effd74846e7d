"""Envoy's configuration from its template."""

import base64
import json
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from edgeconfig.contract import public_methods, transcoder_image
from edgeconfig.problems import problem_type, tables
from edgeconfig.routes import limited, native_routes, rest_paths
from edgeconfig.settings import EdgeAddresses, EdgeSettings

TEMPLATES = Path(__file__).resolve().parents[4] / "deploy/envoy"

# Set by services for each other, never by callers.
IDENTITY_HEADERS = ("x-user-id", "x-tenant", "x-scopes", "x-roles", "x-mesh-token", "x-forwarded-client-cert")
# With Envoy's format strings in place of values.
_MALFORMED_REQUEST = {
    "type": problem_type("INVALID_REQUEST"),
    "title": "Invalid request",
    "status": "%RESPONSE_CODE%",
    "detail": "%LOCAL_REPLY_BODY%",
    "success": False,
    "error": "%LOCAL_REPLY_BODY%",
    "code": "INVALID_REQUEST",
    "details": {},
    "trace_id": "%TRACE_ID%",
}
_ANY_HOST = {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound


def render(settings: EdgeSettings, addresses: EdgeAddresses) -> str:
    """The whole configuration as YAML; it refers to no other file."""
    methods = limited(public_methods(), settings.request_limits)
    native = native_routes(methods, settings.default_max_request_bytes)
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)  # noqa: S701  # YAML, quoted by the json filter
    environment.filters["json"] = json.dumps
    return environment.get_template("envoy.yaml.tmpl").render(
        settings=settings,
        addresses=addresses,
        native_routes=native,
        rest_paths=rest_paths(methods, settings.default_max_request_bytes),
        body_limits=sorted({entry.route.max_request_bytes for entry in native}),
        identity_headers=IDENTITY_HEADERS,
        lua=tables(settings) + "\n\n" + (TEMPLATES / "problem.lua").read_text(),
        malformed_request=_MALFORMED_REQUEST,
        services=sorted({method.service for method in methods}),
        transcoder_image=base64.b64encode(transcoder_image()).decode(),
        services_at={name: [_split(address) for address in listed] for name, listed in addresses.services().items()},
        loopback="127.0.0.1" if addresses.listen_host in _ANY_HOST else addresses.listen_host,
        otlp=_collector(settings.otlp_endpoint),
    )


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _collector(endpoint: str) -> tuple[str, int] | None:
    if not endpoint:
        return None
    parts = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}")
    return parts.hostname or "127.0.0.1", parts.port or 4317
