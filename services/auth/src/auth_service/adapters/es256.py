"""ES256 keys and signatures, by joserfc."""

from collections.abc import Mapping
from datetime import datetime

from joserfc import jwt
from joserfc.jwk import ECKey

from auth_service.domain.keys import SigningKey
from meshkit.identity import ALGORITHM


def new_signing_key(generation: int, signs_from: datetime) -> SigningKey:
    """A fresh P-256 key, named by its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256")
    public = key.as_dict(private=False)
    return SigningKey(
        generation=generation,
        kid=key.thumbprint(),
        x=str(public["x"]),
        y=str(public["y"]),
        private_key=key.as_der(private=True),
        signs_from=signs_from,
    )


def sign_claims(claims: Mapping[str, object], key: SigningKey) -> str:
    """A signed JWT."""
    return jwt.encode({"alg": ALGORITHM, "kid": key.kid}, dict(claims), ECKey.import_key(key.private_key))
