"""The tables of matching, in its own schema."""

import sqlalchemy as sa
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects.postgresql import JSONB

from meshkit.outbox import inbox_table

# all-MiniLM-L6-v2. A model of another width needs a migration.
EMBEDDING_DIMENSIONS = 384

metadata = sa.MetaData()

candidates = sa.Table(
    "candidates",
    metadata,
    sa.Column("resume_id", sa.Uuid, primary_key=True),
    sa.Column("owner_id", sa.Text, nullable=False, index=True),
    sa.Column("parsed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("profile", JSONB, nullable=False),
    sa.Column("embedding", Vector(EMBEDDING_DIMENSIONS), nullable=False),
    sa.Column("embedding_model", sa.Text, nullable=False),
)

# Ids only: an event about an erased resume may still be on its way.
erased_resumes = sa.Table(
    "erased_resumes",
    metadata,
    sa.Column("resume_id", sa.Uuid, primary_key=True),
    sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
)

inbox = inbox_table(metadata)
