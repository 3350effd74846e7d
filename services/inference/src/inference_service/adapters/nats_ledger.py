"""Usage totals that instances share: a JetStream key-value bucket, one key an account."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

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
        # As the bucket has it, what this process has not written yet, and what is on its way, by the id of the write.
        self._shared: dict[Account, Total] = {}
        self._unwritten = MemoryLedger()
        self._underway: dict[Account, tuple[str, Total]] = {}
        self.is_connected = False

    def add(self, account: Account, total: Total) -> None:
        """As the port says."""
        self._unwritten.add(account, total)

    def totals(self, month: str) -> Mapping[Account, Total]:
        """As the port says."""
        totals = {account: total for account, total in self._shared.items() if account.month == month}
        underway = [(account, total) for account, (_, total) in self._underway.items() if account.month == month]
        for account, total in [*self._unwritten.totals(month).items(), *underway]:
            totals[account] = totals.get(account, Total()) + total
        return totals

    async def run(self) -> None:
        """Reads what others write and writes what was added, until cancelled; then once more."""
        client = await connect_broker(self._url, name="inference")
        try:
            bucket = await _open_bucket(client)
            watcher = await bucket.watchall()
            self.is_connected = True
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(watcher))
                tasks.create_task(self._write_each_second(bucket))
        finally:
            await client.close()

    async def _follow(self, watcher: KeyValue.KeyWatcher) -> None:
        async for entry in watcher:
            # None: all that was there at the start has been read.
            if entry is not None and entry.value:
                self._learn(_account(entry.key), entry.value)

    def _learn(self, account: Account, value: bytes) -> None:
        """Takes a state of the bucket over. Our own write may come back before the broker has confirmed it."""
        self._shared[account] = _total(value)
        write, _ = self._underway.get(account, ("", None))
        if write == json.loads(value)["write"]:
            del self._underway[account]

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
        self._underway = {account: (uuid4().hex, total) for account, total in unwritten.all().items()}
        try:
            for account, (write, total) in list(self._underway.items()):
                await self._write_one(bucket, account, write, total)
        except _BROKER_FAULTS as fault:
            _log.warning("usage_not_shared", kind=type(fault).__name__)
        finally:
            for account, (_, total) in self._underway.items():
                self._unwritten.add(account, total)
            self._underway = {}

    async def _write_one(self, bucket: KeyValue, account: Account, write: str, added: Total) -> None:
        """Reads, adds and writes until nobody wrote in between. A write that was done but not confirmed may be counted twice."""
        key = _key(account)
        while True:
            try:
                entry = await bucket.get(key)
            except KeyNotFoundError:
                revision, total = 0, added
            else:
                revision, total = entry.revision or 0, _total(entry.value or b"") + added
            value = json.dumps(asdict(total) | {"write": write}).encode()
            with suppress(KeyWrongLastSequenceError):
                await bucket.update(key, value, last=revision)
                if account in self._underway:
                    self._learn(account, value)
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
