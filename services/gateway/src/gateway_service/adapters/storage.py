"""Documents in a folder or in S3, sealed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from meshkit.encryption import Cipher
from meshkit.errors import ServiceUnavailable

_log = structlog.get_logger()

_FOLDER = "documents"
Result = TypeVar("Result")
_S3_TIMEOUTS: Any = {"timeout": "10s", "connect_timeout": "2s", "allow_http": True}
# A server that hangs costs one timeout, not three: whoever submits is answered within a minute.
_S3_RETRIES: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=5)}


def local_folder(path: Path) -> ObjectStore:
    """A folder on this machine, or one that all replicas share; made when missing."""
    return LocalStore(path, mkdir=True, automatic_cleanup=True)


def s3_bucket(
    bucket: str, *, region: str, endpoint: str | None, access_key_id: str | None, secret_access_key: str | None
) -> ObjectStore:
    """A bucket of any S3 API. Without keys the machine's own role is used, as AWS documents it."""
    settings: dict[str, Any] = {
        "region": region,
        "endpoint": endpoint,
        "access_key_id": access_key_id,
        "secret_access_key": secret_access_key,
        # Endpoints other than Amazon's seldom know buckets as hosts.
        "virtual_hosted_style_request": endpoint is None,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    return S3Store(bucket, **given, client_options=_S3_TIMEOUTS, retry_config=_S3_RETRIES)


class SealedStorage:
    """The real `DocumentStorage`: bytes are encrypted and bound to their key before they leave this process."""

    def __init__(self, store: ObjectStore, cipher: Cipher) -> None:
        self._store = store
        self._cipher = cipher

    async def put(self, key: str, data: bytes) -> None:
        """See the port."""
        sealed = self._cipher.encrypt(data, context=key)
        await self._reach(lambda: self._store.put_async(_path(key), sealed))

    async def get(self, key: str) -> bytes:
        """See the port."""

        async def read() -> bytes:
            found = await self._store.get_async(_path(key))
            return bytes(await found.bytes_async())

        return self._cipher.decrypt(await self._reach(read), context=key)

    async def delete(self, key: str) -> None:
        """See the port."""
        try:
            await self._reach(lambda: self._store.delete_async(_path(key)))
        except FileNotFoundError:  # S3 says nothing, folders do
            return

    async def check(self) -> None:
        """Health check: raises while the storage cannot be reached."""
        try:
            await self._reach(lambda: self._store.head_async(_path("health")))
        except FileNotFoundError:
            return

    async def _reach(self, call: Callable[[], Awaitable[Result]]) -> Result:
        try:
            return await call()
        except FileNotFoundError:
            raise
        except (BaseError, OSError) as fault:
            _log.warning("storage_unreachable", kind=type(fault).__name__)
            raise ServiceUnavailable(service="The document storage") from fault


def _path(key: str) -> str:
    return f"{_FOLDER}/{key}"
