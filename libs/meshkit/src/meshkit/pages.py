"""Page tokens: where the next page begins, in a form that clients can't read meaning into, or change."""

import base64
import binascii
import hashlib
import hmac

from pydantic import SecretStr

from meshkit.errors import FieldViolation, InvalidRequest

_MAC_BYTES = 12
DEFAULT_PAGE_SIZE = 20
MAX_PAGE_SIZE = 100


def page_size(asked: int) -> int:
    """0 means the default; more than the maximum is cut."""
    return min(asked or DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)


class PageTokens:
    """Signs cursors. `scope` (whose list, which filter) must be the same when the token comes back."""

    def __init__(self, secret: SecretStr) -> None:
        self._key = hashlib.sha256(b"page tokens" + secret.get_secret_value().encode()).digest()

    def encode(self, cursor: str, *, scope: str) -> str:
        """The token of the page that follows `cursor`."""
        return base64.urlsafe_b64encode(self._mac(cursor, scope) + cursor.encode()).decode().rstrip("=")

    def decode(self, token: str, *, scope: str) -> str | None:
        """The cursor in a token; None for the first page. Raises InvalidRequest for tokens of other lists."""
        if not token:
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            mac, cursor = raw[:_MAC_BYTES], raw[_MAC_BYTES:].decode()
        except (binascii.Error, ValueError):
            raise _invalid() from None
        if not hmac.compare_digest(mac, self._mac(cursor, scope)):
            raise _invalid()
        return cursor

    def _mac(self, cursor: str, scope: str) -> bytes:
        return hmac.digest(self._key, f"{scope}\n{cursor}".encode(), hashlib.sha256)[:_MAC_BYTES]


def _invalid() -> InvalidRequest:
    return InvalidRequest(FieldViolation("page_token", "is not a token of this list; begin again without one"))
