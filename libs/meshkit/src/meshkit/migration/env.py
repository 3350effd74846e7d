"""Run by alembic. The version table stands in the service's own schema, which its role finds first."""

import asyncio
from importlib import import_module

from alembic import context
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import create_async_engine


def run(connection: Connection) -> None:
    """Applies migrations over an open connection."""
    metadata = import_module(f"{context.config.attributes['package']}.adapters.tables").metadata
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    """Opens one connection and migrates through it."""
    engine = create_async_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(connect_and_run())
