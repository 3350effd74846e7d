"""Gateway's tables, in its own schema."""

import sqlalchemy as sa

from meshkit.outbox import outbox_table

metadata = sa.MetaData()

resumes = sa.Table(
    "resumes",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),  # UUIDv7: in the order of writing
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # encrypted
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("request_id", sa.Text, nullable=True),
    sa.UniqueConstraint("owner", "request_id", name="resumes_owner_request_id"),
    sa.Index("resumes_owner_digest", "owner", "digest"),
    sa.Index("resumes_owner_id", "owner", "id"),
)

outbox = outbox_table(metadata)
