"""Calls to addresses that users chose: signed, within a time, and to nobody inside."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from gateway_service.domain.webhooks import CallOutcome, Delivery, Webhook, signature
from meshkit.errors import FieldViolation, InvalidRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"https": 443, "http": 80}
_AGENT = "Hiremesh-Webhooks/1"
# Their standard prefix holds IPv4 addresses, which may be private ones (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class AddressRefused(Exception):
    """An address that is not called: one inside, or none at all."""


class SignedCalls:
    """The real `WebhookCaller`. A name is looked up once for each call, and what was checked is what is called: a name that
    changes its address in between gains nothing. Redirects are not followed, answers are not read."""

    def __init__(self, *, timeout: timedelta, private_addresses: bool) -> None:
        self._timeout = timeout.total_seconds()
        # For tests and closed networks: addresses inside are called too, and without TLS.
        self._private = private_addresses
        self._client = httpx.AsyncClient(
            # A proxy of this machine's would look up names itself.
            trust_env=False,
            follow_redirects=False,
            timeout=self._timeout,
            # Connections are known by their address alone: one that was opened for a name must not serve another.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.aclose()

    async def check(self, url: str) -> None:
        """The `CheckAddress`. Names may change later, so that every call checks again."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._address(self._parsed(url))
        except (AddressRefused, TimeoutError) as fault:
            raise InvalidRequest(FieldViolation("url", str(fault) or "cannot be looked up")) from fault

    async def __call__(self, webhook: Webhook, delivery: Delivery, now: datetime) -> CallOutcome:
        """Makes one call."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._call(webhook, delivery, now)
        except AddressRefused:
            return CallOutcome(None, "address")
        except (TimeoutError, httpx.TimeoutException):
            return CallOutcome(None, "timeout")
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            return CallOutcome(None, "connection")

    async def _call(self, webhook: Webhook, delivery: Delivery, now: datetime) -> CallOutcome:
        url = self._parsed(webhook.url)
        address = await self._address(url)
        timestamp = int(now.timestamp())
        signatures = " ".join(
            signature(secret, delivery_id=delivery.id, timestamp=timestamp, body=delivery.body)
            for secret in webhook.signing_secrets(now)
        )
        headers = {
            "host": url.netloc.decode(),
            "content-type": "application/json",
            "user-agent": _AGENT,
            "webhook-id": delivery.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures,
            "connection": "close",
        }
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            headers=headers,
            content=delivery.body,
            # The certificate must be the name's, not the address's.
            extensions={"sni_hostname": url.host},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return CallOutcome(response.status_code, "" if response.is_success else "status")

    def _parsed(self, text: str) -> httpx.URL:
        try:
            url = httpx.URL(text)
        except httpx.InvalidURL as fault:
            raise AddressRefused("is no URL") from fault
        if url.scheme != "https" and not (self._private and url.scheme == "http"):
            raise AddressRefused("must begin with https://")
        if not url.host or url.userinfo:
            raise AddressRefused("must name a host, and no user")
        return url.copy_with(fragment=None)

    async def _address(self, url: httpx.URL) -> Address:
        """The one to call. All that the name has must be allowed, or none is called."""
        addresses = await self._look_up(url.host, url.port or _PORTS[url.scheme])
        if not self._private and not all(map(_is_public, addresses)):
            raise AddressRefused("must be at a public address")
        return addresses[0]

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as fault:
            raise AddressRefused("cannot be looked up") from fault
        # Link-local addresses come with the name of an interface.
        return [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
