"""Encryption of personal data at rest."""

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import SecretStr

_NONCE_BYTES = 12


class Cipher:
    """AES-256-GCM. The context (for example the id of the row) is bound to the ciphertext: it can't be moved to another row."""

    def __init__(self, secret: SecretStr, *, purpose: str) -> None:
        self._aead = AESGCM(_derive(secret, f"encrypt {purpose}"))
        self._index_key = _derive(secret, f"index {purpose}")

    def encrypt(self, plain: bytes, *, context: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, context.encode())

    def decrypt(self, sealed: bytes, *, context: str) -> bytes:
        """Raises cryptography's InvalidTag when secret, context or bytes differ."""
        return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())

    def index(self, value: str) -> bytes:
        """A keyed hash: equal values can be found, and nothing else is told."""
        return hmac.digest(self._index_key, value.encode(), hashlib.sha256)


def _derive(secret: SecretStr, info: str) -> bytes:
    """A key for one use from the secret of the settings (RFC 5869)."""
    return HKDF(SHA256(), length=32, salt=None, info=info.encode()).derive(secret.get_secret_value().encode())
