"""Usage totals that instances share: a JetStream key-value bucket, one key an account."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js.api import KeyValueConfig, StorageType
from nats.js.errors import APIError, BucketNotFoundError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from inference_service.adapters.memory_ledger import MemoryLedger
from inference_service.domain.usage import Account, Tokens, Total, Usage
from meshkit.messaging import connect_broker

_log = structlog.get_logger()

BUCKET = "inference_usage"
# Long enough for a year's bills.
RETENTION = timedelta(days=400)
FLUSH_SECONDS = 1.0
_BROKER_FAULTS = (nats.errors.Error, APIError, OSError, TimeoutError)


class NatsLedger:
    """Adds up in memory and writes each second. What was not written when a process dies by force, at most a second's worth, is lost.

    While the broker is away it keeps adding up, and budgets are held against what is known.
    """

    def __init__(self, url: str, *, flush_seconds: float = FLUSH_SECONDS) -> None:
        self._url = url
        self._flush_seconds = flush_seconds
        # As the bucket has it, and what this process has not written yet.
        self._shared: dict[Account, Total] = {}
        self._unwritten = MemoryLedger()

    def add(self, account: Account, total: Total) -> None:
        """As the port says."""
        self._unwritten.add(account, total)

    def totals(self, month: str) -> Mapping[Account, Total]:
        """As the port says."""
        shared = {account: total for account, total in self._shared.items() if account.month == month}
        for account, total in self._unwritten.totals(month).items():
            shared[account] = shared.get(account, Total()) + total
        return shared

    async def run(self) -> None:
        """Reads what others write and writes what was added, until cancelled; then once more."""
        client = await connect_broker(self._url, name="inference")
        try:
            bucket = await _open_bucket(client)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(bucket))
                tasks.create_task(self._write_each_second(bucket))
        finally:
            await client.close()

    async def _follow(self, bucket: KeyValue) -> None:
        watcher = await bucket.watchall()
        async for entry in watcher:
            # None: all that was there at the start has been read.
            if entry is not None and entry.value:
                self._shared[_account(entry.key)] = _total(entry.value)

    async def _write_each_second(self, bucket: KeyValue) -> None:
        try:
            while True:
                await asyncio.sleep(self._flush_seconds)
                await self._write(bucket)
        finally:
            with suppress(*_BROKER_FAULTS):
                await self._write(bucket)

    async def _write(self, bucket: KeyValue) -> None:
        unwritten, self._unwritten = self._unwritten, MemoryLedger()
        for account, total in unwritten.all().items():
            try:
                await self._write_one(bucket, account, total)
            except _BROKER_FAULTS as fault:
                self._unwritten.add(account, total)
                _log.warning("usage_not_shared", kind=type(fault).__name__)

    async def _write_one(self, bucket: KeyValue, account: Account, added: Total) -> None:
        """Reads, adds and writes until nobody wrote in between."""
        key = _key(account)
        while True:
            try:
                entry = await bucket.get(key)
            except KeyNotFoundError:
                revision, total = 0, added
            else:
                revision, total = entry.revision or 0, _total(entry.value or b"") + added
            with suppress(KeyWrongLastSequenceError):
                await bucket.update(key, json.dumps(asdict(total)).encode(), last=revision)
                self._shared[account] = total
                return


async def _open_bucket(client: Client) -> KeyValue:
    stream = client.jetstream()
    try:
        return await stream.key_value(BUCKET)
    except BucketNotFoundError:
        config = KeyValueConfig(bucket=BUCKET, history=1, ttl=RETENTION.total_seconds(), storage=StorageType.FILE)
        return await stream.create_key_value(config)


def _key(account: Account) -> str:
    """Keys of a bucket take few characters: names travel in hexadecimal."""
    return ".".join([account.month, account.tenant.encode().hex() or "_", account.model.encode().hex()])


def _account(key: str) -> Account:
    month, tenant, model = key.split(".")
    return Account(month, bytes.fromhex(tenant.strip("_")).decode(), bytes.fromhex(model).decode())


def _total(value: bytes) -> Total:
    stored = json.loads(value)
    usage = stored["usage"]
    return Total(stored["calls"], Usage(**usage | {"tokens": Tokens(**usage["tokens"])}))
