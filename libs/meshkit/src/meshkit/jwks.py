"""Verifying users' tokens with the keys that auth publishes."""

import grpc
from google.protobuf import json_format
from joserfc.jwk import KeySetSerialization

from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from meshkit.identity import TokenVerifier
from meshkit.settings import ServiceSettings


def remote_verifier(auth: grpc.aio.Channel, settings: ServiceSettings) -> TokenVerifier:
    """A verifier that fetches keys over a channel to auth. While auth is away, tokens of known keys are still verified."""
    stub: auth_service_pb2_grpc.AuthServiceAsyncStub = auth_service_pb2_grpc.AuthServiceStub(auth)

    async def fetch_keys() -> KeySetSerialization:
        response = await stub.GetJwks(auth_service_pb2.GetJwksRequest())
        return to_key_set(response)

    return TokenVerifier(fetch_keys, issuer=settings.token_issuer, audience=settings.token_audience)


def to_key_set(response: auth_service_pb2.GetJwksResponse) -> KeySetSerialization:
    """The key set in the JSON shape of RFC 7517."""
    keys = json_format.MessageToDict(response, preserving_proto_field_name=True).get("keys", [])
    return {"keys": keys}
