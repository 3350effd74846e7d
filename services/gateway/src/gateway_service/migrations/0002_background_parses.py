"""Documents, background parses, parses in hand, figures."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('queued', 'processing')")


def upgrade() -> None:
    """Adds tables, and columns with defaults: the service of 0001 goes on working."""
    op.add_column("resumes", sa.Column("extractor_version", sa.Text, nullable=False, server_default=""))
    op.add_column("resumes", sa.Column("document_id", sa.Uuid, nullable=True))
    op.add_column("resumes", sa.Column("tokens", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("resumes", sa.Column("cost_usd", sa.Double, nullable=False, server_default="0"))
    op.create_index("resumes_created_at", "resumes", ["created_at"])
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("filename", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("documents_not_kept", "documents", ["created_at"], postgresql_where=sa.text("NOT kept"))
    op.create_table(
        "parse_jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("document_id", sa.Uuid, nullable=True),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("fresh", sa.Boolean, nullable=False),
        sa.Column("request_id", sa.Text, nullable=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("priority", sa.Text, nullable=False),
        *_progress(),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.UniqueConstraint("owner", "request_id", name="parse_jobs_owner_request_id"),
    )
    op.create_index("parse_jobs_open", "parse_jobs", ["heard_at"], postgresql_where=_OPEN)
    op.create_index("parse_jobs_owner_open", "parse_jobs", ["owner"], postgresql_where=_OPEN)
    op.create_index("parse_jobs_updated_at", "parse_jobs", ["updated_at"])
    op.create_index("parse_jobs_resume_id", "parse_jobs", ["resume_id"])
    op.create_table(
        "parse_job_updates",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("parse_jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True),
        *_progress(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "flights",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("holder", sa.Uuid, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("shard", sa.SmallInteger, primary_key=True),
        sa.Column("value", sa.Double, nullable=False),
    )


def _progress() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("pages", sa.Integer, nullable=False),
        sa.Column("error_code", sa.Text, nullable=True),
        sa.Column("error_message", sa.Text, nullable=True),
        sa.Column("resume_id", sa.Uuid, nullable=True),
    )


def downgrade() -> None:
    """Drops them; documents in the storage stay."""
    for table in ("counters", "flights", "parse_job_updates", "parse_jobs", "documents"):
        op.drop_table(table)
    op.drop_index("resumes_created_at", "resumes")
    for column in ("cost_usd", "tokens", "document_id", "extractor_version"):
        op.drop_column("resumes", column)
