"""The policy of every method, read from the contract (`hiremesh.edge.v1.policy`)."""

from functools import cache

from google.protobuf import descriptor_pool

from hiremesh.edge.v1 import policy_pb2

# Health, reflection and channelz: on the internal port only, for operators. gRPC's own implementations serve them.
_OPERATOR_PACKAGE = "/grpc."


def is_operator_method(method: str) -> bool:
    """Whether `/package.Service/Method` is one of gRPC's own."""
    return method.startswith(_OPERATOR_PACKAGE)


@cache
def policy_of(method: str) -> policy_pb2.MethodPolicy:
    """The policy of `/package.Service/Method`; an empty one, which refuses all callers, when the contract gives none."""
    service_name, _, method_name = method.removeprefix("/").partition("/")
    try:
        service = descriptor_pool.Default().FindServiceByName(service_name)
        return service.methods_by_name[method_name].GetOptions().Extensions[policy_pb2.policy]
    except KeyError:
        return policy_pb2.MethodPolicy()
