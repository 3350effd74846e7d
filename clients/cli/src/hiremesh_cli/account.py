"""A token for every call: the user's own, or that of a local account made on first use."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from hiremesh_cli.faults import Refused, refused
from localmesh.data_folder import DataFolder, write_private

# A token is replaced this long before it expires.
_MARGIN_SECONDS = 30


class TokenSource(Protocol):
    """Gives the bearer token of the next call."""

    async def token(self, edge: httpx.AsyncClient) -> str:
        """A token that is not expired, as far as we know."""

    def drop(self, token: str) -> None:
        """The edge refused this token: do not give it again."""


class GivenToken:
    """The token that the user gave."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self, edge: httpx.AsyncClient) -> str:
        """Always the same."""
        return self._token

    def drop(self, token: str) -> None:
        """There is no other."""


class LocalAccount:
    """An account with a random password, kept in the data folder, one for each address."""

    def __init__(self, folder: DataFolder, url: str) -> None:
        self._path = folder.account
        self._url = url
        self._lock = asyncio.Lock()

    async def token(self, edge: httpx.AsyncClient) -> str:
        """Registers, logs in or refreshes when needed. Raises Refused when the edge does not let us."""
        async with self._lock:
            kept = self._load()
            if kept.get("expires_at", 0) > time.time() + _MARGIN_SECONDS:
                return str(kept["access_token"])
            session = await self._refresh(edge, kept) or await self._log_in(edge, kept) or await self._register(edge)
            self._save(session)
            return str(session["access_token"])

    def drop(self, token: str) -> None:
        """The next call gets another one."""
        kept = self._load()
        if kept.get("access_token") == token:
            self._save({**kept, "expires_at": 0})

    async def _refresh(self, edge: httpx.AsyncClient, kept: Mapping[str, Any]) -> dict[str, Any] | None:
        if "refresh_token" not in kept:
            return None
        return await _session(edge, "/api/v1/token/refresh", {"refresh_token": kept["refresh_token"]}, kept)

    async def _log_in(self, edge: httpx.AsyncClient, kept: Mapping[str, Any]) -> dict[str, Any] | None:
        if "password" not in kept:
            return None
        return await _session(edge, "/api/v1/login", {"email": kept["email"], "password": kept["password"]}, kept)

    async def _register(self, edge: httpx.AsyncClient) -> dict[str, Any]:
        account = {"email": f"cli-{secrets.token_hex(8)}@hiremesh.invalid", "password": secrets.token_urlsafe(24)}
        response = await edge.post("/api/v1/register", json={**account, "name": "Command line"})
        if response.is_error:
            raise refused(response)
        session = await self._log_in(edge, account)
        if session is None:
            raise Refused(401, "INVALID_CREDENTIALS", "The new local account cannot log in", None)
        return session

    def _load(self) -> dict[str, Any]:
        accounts: dict[str, dict[str, Any]] = self._accounts()
        return accounts.get(self._url, {})

    def _save(self, session: dict[str, Any]) -> None:
        write_private(self._path, json.dumps({**self._accounts(), self._url: session}, indent=2))

    def _accounts(self) -> dict[str, dict[str, Any]]:
        try:
            accounts: dict[str, dict[str, Any]] = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return accounts


async def _session(
    edge: httpx.AsyncClient, path: str, body: Mapping[str, str], account: Mapping[str, Any]
) -> dict[str, Any] | None:
    """None: the edge does not know these credentials."""
    response = await edge.post(path, json=body)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        return None
    if response.is_error:
        raise refused(response)
    tokens = response.json()
    return {
        "email": account["email"],
        "password": account["password"],
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
        "expires_at": time.time() + tokens["expires_in"],
    }
