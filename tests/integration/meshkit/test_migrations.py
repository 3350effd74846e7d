from importlib import import_module

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.postgres import SERVICES, PostgresUrl


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrated_schema_is_what_the_tables_say(postgres_url: PostgresUrl, service: str) -> None:
    metadata = import_module(f"{service}_service.adapters.tables").metadata

    def differences(connection: sa.Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    engine = create_async_engine(postgres_url(service))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
