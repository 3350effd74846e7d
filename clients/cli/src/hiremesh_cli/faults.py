"""What the edge can answer but a result, told so that the user can act."""

from collections.abc import Mapping
from typing import Any

import httpx


class EdgeFault(Exception):
    """Base class. The text is for the user."""


class EdgeUnreachable(EdgeFault):
    """Nothing answers at the address."""

    def __init__(self, url: str) -> None:
        super().__init__(f"No mesh answers at {url}. `hiremesh up` starts one on this machine; --url names another.")


class NoCredentials(EdgeFault):
    """A mesh elsewhere wants a token, and none was given."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is not on this machine: give a token with --token or HIREMESH_TOKEN.")


class Refused(EdgeFault):
    """The edge answered with an error."""

    def __init__(self, status: int, code: str, detail: str, retry_after: float | None) -> None:
        super().__init__(f"{detail} ({code})" if code else f"{detail} (HTTP {status})")
        self.status = status
        self.code = code
        # Seconds. None: the edge did not say.
        self.retry_after = retry_after


def refused(response: httpx.Response) -> Refused:
    """Reads an error body (RFC 9457). One that is none, of a proxy for example, is told by its status."""
    body = _problem(response)
    wait = response.headers.get("retry-after", "")
    return Refused(
        response.status_code,
        str(body.get("code") or ""),
        str(body.get("detail") or response.reason_phrase or "The request failed"),
        float(wait) if wait.isdecimal() else None,
    )


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
