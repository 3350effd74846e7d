"""Between the contract and the domain."""

from collections.abc import Sequence

from auth_service.domain.accounts import User
from auth_service.domain.keys import SigningKey
from auth_service.domain.sessions import TokenPair
from hiremesh.auth.v1 import auth_service_pb2, user_pb2

TOKEN_TYPE = "bearer"  # noqa: S105  # RFC 6750


def user_to_proto(user: User) -> user_pb2.User:
    """The user as they see themselves."""
    message = user_pb2.User(id=str(user.id), email=user.email, name=user.name)
    message.create_time.FromDatetime(user.created_at)
    return message


def login_response(pair: TokenPair) -> auth_service_pb2.LoginResponse:
    """The first pair of a session."""
    return auth_service_pb2.LoginResponse(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        token_type=TOKEN_TYPE,
        expires_in=int(pair.expires_in.total_seconds()),
    )


def refresh_response(pair: TokenPair) -> auth_service_pb2.RefreshTokenResponse:
    """A later pair of a session."""
    return auth_service_pb2.RefreshTokenResponse(
        access_token=pair.access_token,
        refresh_token=pair.refresh_token,
        token_type=TOKEN_TYPE,
        expires_in=int(pair.expires_in.total_seconds()),
    )


def jwks_response(keys: Sequence[SigningKey]) -> auth_service_pb2.GetJwksResponse:
    """The public halves."""
    return auth_service_pb2.GetJwksResponse(
        keys=[
            auth_service_pb2.JsonWebKey(kty="EC", crv="P-256", x=key.x, y=key.y, kid=key.kid, alg="ES256", use="sig")
            for key in keys
        ]
    )
