"""The tables of matching, in its own schema."""

import sqlalchemy as sa
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from meshkit.outbox import inbox_table, outbox_table

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

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("company", sa.Text, nullable=False),
    # As said by the poster; the columns below are completed from the text.
    sa.Column("said", JSONB, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("workplace", sa.SmallInteger, nullable=True),
    sa.Column("employment", sa.SmallInteger, nullable=True),
    sa.Column("seniority", sa.SmallInteger, nullable=True),
    sa.Column("pay_minimum", sa.Float, nullable=True),
    sa.Column("pay_maximum", sa.Float, nullable=True),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("words", TSVECTOR, nullable=False),
    # Set by an event after every change; absent until then.
    sa.Column("embedding", Vector(EMBEDDING_DIMENSIONS), nullable=True),
    sa.Column("embedding_model", sa.Text, nullable=True),
    sa.UniqueConstraint("owner_id", "request_id"),
)

sa.Index("ix_jobs_words", jobs.c.words, postgresql_using="gin")
sa.Index(
    "ix_jobs_spelling",
    sa.text("(title || ' ' || company) gin_trgm_ops"),
    postgresql_using="gin",
    _table=jobs,
)
sa.Index(
    "ix_jobs_meaning",
    jobs.c.embedding,
    postgresql_using="hnsw",
    postgresql_ops={"embedding": "vector_ip_ops"},
)
sa.Index("ix_jobs_open", jobs.c.id.desc(), postgresql_where=~jobs.c.closed)

# Of a resume and a job, for the person who asked. What they say is sealed; the figures hold names of skills.
analyses = sa.Table(
    "analyses",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("owner_id", sa.Text, nullable=False),
    sa.Column("job_id", sa.Uuid, nullable=False),
    sa.Column("resume_id", sa.Uuid, nullable=True, index=True),
    sa.Column("anonymised", sa.Boolean, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("job_hash", sa.LargeBinary, nullable=False),
    sa.Column("analysed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("role_score", sa.Float, nullable=False),
    sa.Column("ats_score", sa.Float, nullable=False),
    sa.Column("outcome", JSONB, nullable=False),
    sa.Column("result", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("owner_id", "fingerprint"),
)
sa.Index("ix_analyses_of_owner", analyses.c.owner_id, analyses.c.analysed_at, analyses.c.id)
sa.Index("ix_analyses_of_job", analyses.c.owner_id, analyses.c.job_id)

inbox = inbox_table(metadata)
outbox = outbox_table(metadata)
