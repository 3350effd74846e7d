"""The edge's route table, made from the contract."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from edgeconfig.contract import Method
from hiremesh.edge.v1 import policy_pb2

DEFAULT_TIMEOUT = timedelta(seconds=30)
# A service's own answer to a passed deadline is better than the edge's, so the edge waits a little longer.
EDGE_GRACE = timedelta(milliseconds=500)
# Services send heartbeats more often on streams of events.
EVENTS_IDLE_TIMEOUT = timedelta(seconds=60)

_VARIABLE = re.compile(r"\{[^{}=]+(?:=([^{}]+))?\}")
_WILDCARDS = {"**": ".+", "*": "[^/]+"}


@dataclass(frozen=True, slots=True)
class Route:
    """A method on one path of the edge."""

    name: str
    cluster: str
    verb: str
    timeout: timedelta
    max_request_bytes: int
    retried: bool
    token_required: bool
    # Calls with a token are limited by user. Reads that need none are not limited: they cost little and feed load balancers.
    address_limited: bool
    # Server-sent events over REST.
    event_stream: bool = False
    # How long a stream may be silent. None: the edge's default.
    idle_timeout: timedelta | None = None
    # The field that REST answers consist of; empty: the whole response.
    response_field: str = ""

    @property
    def edge_timeout(self) -> timedelta:
        """How long the edge waits before it gives up on a service that does not answer."""
        return self.timeout + EDGE_GRACE


@dataclass(frozen=True, slots=True)
class Path:
    """A REST path and what may be done there."""

    regex: str
    routes: tuple[Route, ...]

    @property
    def allow(self) -> str:
        """Value of the Allow header."""
        return ", ".join(sorted(route.verb for route in self.routes))


@dataclass(frozen=True, slots=True)
class NativeRoute:
    """A method by its gRPC path."""

    path: str
    route: Route


def limited(methods: Sequence[Method], limits: Mapping[str, int]) -> tuple[Method, ...]:
    """The methods with other limits for request bodies. Raises ValueError for one that does not exist."""
    unknown = limits.keys() - {method.name for method in methods}
    if unknown:
        raise ValueError(f"no RPC is called {', '.join(sorted(unknown))}")
    return tuple(_with_limit(method, limits[method.name]) if method.name in limits else method for method in methods)


def _with_limit(method: Method, max_request_bytes: int) -> Method:
    policy = policy_pb2.MethodPolicy()
    policy.CopyFrom(method.policy)
    policy.max_request_bytes = max_request_bytes
    return replace(method, policy=policy)


def native_routes(methods: Iterable[Method], default_max_request_bytes: int) -> list[NativeRoute]:
    """The routes of gRPC and grpc-web clients."""
    return [NativeRoute(m.path, _route(m, "POST", "", default_max_request_bytes, native=True)) for m in methods]


def rest_paths(methods: Iterable[Method], default_max_request_bytes: int) -> list[Path]:
    """The routes of REST clients; paths that other paths would swallow come first."""
    routes: dict[str, list[Route]] = defaultdict(list)
    for method in methods:
        for binding in method.bindings:
            routes[binding.template].append(
                _route(method, binding.verb, binding.response_body, default_max_request_bytes)
            )
    return [Path(path_regex(template), tuple(routes[template])) for template in sorted(routes, key=_generality)]


def path_regex(template: str) -> str:
    """The regular expression of a path template; a slash at the end makes no difference."""
    parts = []
    end = 0
    for variable in _VARIABLE.finditer(template):
        parts.append(re.escape(template[end : variable.start()]))
        parts.append(_segments_regex(variable[1] or "*"))
        end = variable.end()
    parts.append(re.escape(template[end:]))
    return "".join(parts).rstrip("/") + "/?"


def _segments_regex(segments: str) -> str:
    return "/".join(_WILDCARDS.get(segment, re.escape(segment)) for segment in segments.split("/"))


def _generality(template: str) -> tuple[int, int, str]:
    return len(_VARIABLE.findall(template)), ":" not in _VARIABLE.sub("", template), template


def _route(
    method: Method, verb: str, response_field: str, default_max_request_bytes: int, *, native: bool = False
) -> Route:
    policy = method.policy
    timeout = policy.timeout.ToTimedelta() or DEFAULT_TIMEOUT
    event_stream = method.is_event_stream and not native
    token_required = policy.access == policy_pb2.ACCESS_USER
    return Route(
        name=f"{method.service}/{method.name}",
        cluster=method.owner,
        verb=verb,
        timeout=timeout,
        max_request_bytes=policy.max_request_bytes or default_max_request_bytes,
        retried=policy.idempotent,
        token_required=token_required,
        address_limited=not token_required and not policy.idempotent,
        event_stream=event_stream,
        idle_timeout=EVENTS_IDLE_TIMEOUT if event_stream else timeout if method.streams else None,
        response_field=response_field,
    )
