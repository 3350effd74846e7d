"""The one order of all layers around an RPC."""

from pydantic import SecretStr

from meshkit.identity import TokenVerifier
from meshkit.interceptors.admission import admit
from meshkit.interceptors.auth import authorize
from meshkit.interceptors.call import Layer
from meshkit.interceptors.deadline import enforce_deadline
from meshkit.interceptors.errors import translate_errors
from meshkit.interceptors.logging import log_call
from meshkit.interceptors.metrics import measure_call
from meshkit.interceptors.tracing import trace_call
from meshkit.interceptors.validation import validate_request


def server_layers(
    verifier: TokenVerifier | None, mesh_token: SecretStr, *, max_concurrent_rpcs: int
) -> tuple[Layer, ...]:
    """Outermost first.

    Tracing, metrics and the log stand outside of the error translation, so that they see final statuses, also those of callers that
    `authorize` refuses; the deadline stands inside of it, so that its error gets a status, and around everything that may wait.
    """
    return (
        trace_call,
        measure_call,
        log_call,
        translate_errors,
        admit(max_concurrent_rpcs),
        enforce_deadline,
        authorize(verifier, mesh_token),
        validate_request,
    )
