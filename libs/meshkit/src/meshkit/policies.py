"""The policy of every method, read from the contract (`hiremesh.edge.v1.policy`)."""

from functools import cache

from google.protobuf import descriptor_pool

from hiremesh.edge.v1 import policy_pb2

# Health, reflection and channelz: on the internal port only, for operators.
_OPERATOR_PACKAGES = ("grpc.",)
_OPERATOR_POLICY = policy_pb2.MethodPolicy(access=policy_pb2.ACCESS_PUBLIC)


@cache
def policy_of(method: str) -> policy_pb2.MethodPolicy:
    """The policy of `/package.Service/Method`; an empty one, which refuses all callers, when the contract gives none."""
    service_name, _, method_name = method.removeprefix("/").partition("/")
    if service_name.startswith(_OPERATOR_PACKAGES):
        return _OPERATOR_POLICY
    try:
        service = descriptor_pool.Default().FindServiceByName(service_name)
        return service.methods_by_name[method_name].GetOptions().Extensions[policy_pb2.policy]
    except KeyError:
        return policy_pb2.MethodPolicy()
