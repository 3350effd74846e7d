"""Locks that span tables."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


async def lock_resume(connection: AsyncConnection, resume_id: str) -> None:
    """Lets one transaction at a time write what is known of a resume: its events may be handled at the same moment."""
    key = sa.func.hashtextextended(resume_id, 0)
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
