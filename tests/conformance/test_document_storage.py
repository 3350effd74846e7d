"""What `gateway_service.ports.DocumentStorage` promises, on the fake, on a folder and on a real S3 server."""

from pathlib import Path

import pytest
from obstore.store import ObjectStore
from pydantic import SecretStr

from gateway_service.adapters.storage import SealedStorage, local_folder, s3_bucket
from gateway_service.ports import DocumentStorage
from meshkit.encryption import Cipher
from meshkit.errors import ServiceUnavailable
from tests.support.builders.gateway import next_id
from tests.support.fakes.gateway import InMemoryStorage
from tests.support.s3 import ACCESS_KEY, BUCKET, SECRET_KEY, S3Server

CIPHER = Cipher(SecretStr("secret-of-tests"), purpose="documents")


def bucket(endpoint: str, *, secret: str = SECRET_KEY) -> ObjectStore:
    return s3_bucket(BUCKET, region="us-east-1", endpoint=endpoint, access_key_id=ACCESS_KEY, secret_access_key=secret)


@pytest.fixture(params=["in_memory", "folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> DocumentStorage:
    if request.param == "in_memory":
        return InMemoryStorage()
    if request.param == "folder":
        return SealedStorage(local_folder(tmp_path), CIPHER)
    server: S3Server = request.getfixturevalue("s3_server")
    return SealedStorage(bucket(server.endpoint), CIPHER)


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 10 * 1024 * 1024])
async def test_what_was_put_comes_back(storage: DocumentStorage, size: int) -> None:
    key, data = next_id(), b"x" * size
    await storage.put(key, data)
    assert await storage.get(key) == data


async def test_a_second_put_replaces_the_first(storage: DocumentStorage) -> None:
    key = next_id()
    await storage.put(key, b"first")
    await storage.put(key, b"second")
    assert await storage.get(key) == b"second"


async def test_what_nobody_put_is_missing(storage: DocumentStorage) -> None:
    with pytest.raises(FileNotFoundError):
        await storage.get(next_id())


async def test_what_was_deleted_is_missing_and_may_be_deleted_again(storage: DocumentStorage) -> None:
    key = next_id()
    await storage.put(key, b"data")
    await storage.delete(key)
    await storage.delete(key)
    with pytest.raises(FileNotFoundError):
        await storage.get(key)


async def test_nothing_readable_lies_in_the_folder(tmp_path: Path) -> None:
    await SealedStorage(local_folder(tmp_path), CIPHER).put("a-key", b"Ada Example")
    (content,) = contents(tmp_path)
    assert b"Ada" not in content


@pytest.mark.parametrize("fault", ["nobody listens", "wrong secret"])
async def test_an_s3_server_that_cannot_be_used_is_a_service_that_is_away(s3_server: S3Server, fault: str) -> None:
    stores = {
        "nobody listens": lambda: bucket("http://127.0.0.1:1"),
        "wrong secret": lambda: bucket(s3_server.endpoint, secret="wrong"),
    }
    storage = SealedStorage(stores[fault](), CIPHER)
    with pytest.raises(ServiceUnavailable):
        await storage.put(next_id(), b"data")
    with pytest.raises(ServiceUnavailable):
        await storage.check()
