"""`hiremesh.auth.v1.AuthService`: from messages to use cases and back."""

from typing import Any

import grpc

from auth_service.convert import jwks_response, login_response, refresh_response, user_to_proto
from auth_service.usecases import LogIn, RefreshSession, Register, SigningKeys
from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc

Context = grpc.aio.ServicerContext[Any, Any]

# The edge turns this header into the status of its answer.
_CREATED = (("x-http-code", "201"),)


class AuthServicer(auth_service_pb2_grpc.AuthServiceServicer):
    """Accounts and tokens."""

    def __init__(self, *, register: Register, log_in: LogIn, refresh: RefreshSession, keys: SigningKeys) -> None:
        self._register = register
        self._log_in = log_in
        self._refresh = refresh
        self._keys = keys

    async def Register(
        self, request: auth_service_pb2.RegisterRequest, context: Context
    ) -> auth_service_pb2.RegisterResponse:
        user = await self._register(email=request.email, password=request.password, name=request.name)
        await context.send_initial_metadata(_CREATED)
        return auth_service_pb2.RegisterResponse(user=user_to_proto(user))

    async def Login(self, request: auth_service_pb2.LoginRequest, context: Context) -> auth_service_pb2.LoginResponse:
        return login_response(await self._log_in(email=request.email, password=request.password))

    async def RefreshToken(
        self, request: auth_service_pb2.RefreshTokenRequest, context: Context
    ) -> auth_service_pb2.RefreshTokenResponse:
        return refresh_response(await self._refresh(request.refresh_token))

    async def GetJwks(
        self, request: auth_service_pb2.GetJwksRequest, context: Context
    ) -> auth_service_pb2.GetJwksResponse:
        return jwks_response(self._keys.published())
