"""Jobs with what they are searched by, and the outbox."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import Vector
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates both tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("request_id", sa.Uuid, nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
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
        sa.Column("embedding", Vector(384), nullable=True),
        sa.Column("embedding_model", sa.Text, nullable=True),
        sa.UniqueConstraint("owner_id", "request_id"),
    )
    op.execute("CREATE INDEX ix_jobs_words ON jobs USING gin (words)")
    op.execute("CREATE INDEX ix_jobs_spelling ON jobs USING gin ((title || ' ' || company) public.gin_trgm_ops)")
    op.execute("CREATE INDEX ix_jobs_meaning ON jobs USING hnsw (embedding public.vector_ip_ops)")
    op.execute("CREATE INDEX ix_jobs_open ON jobs (id DESC) WHERE NOT closed")
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def downgrade() -> None:
    """Drops both tables."""
    op.drop_table("outbox")
    op.drop_table("jobs")
