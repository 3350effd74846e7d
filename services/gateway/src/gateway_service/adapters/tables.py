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
    sa.Column("extractor_version", sa.Text, nullable=False, server_default=""),
    # Null: the original could not be stored.
    sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=True),
    sa.Column("tokens", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("cost_usd", sa.Double, nullable=False, server_default="0"),
    sa.UniqueConstraint("owner", "request_id", name="resumes_owner_request_id"),
    sa.Index("resumes_owner_digest", "owner", "digest"),
    sa.Index("resumes_owner_id", "owner", "id"),
    sa.Index("resumes_created_at", "created_at"),
)

# Files in the storage. A row stands here before its file does, so that every file is known.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("filename", sa.LargeBinary, nullable=False),  # encrypted: names of files hold names of people
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    # False: nothing refers to it yet, or no longer; it is removed soon.
    sa.Column("kept", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("documents_not_kept", "created_at", postgresql_where=sa.text("NOT kept")),
)

parse_jobs = sa.Table(
    "parse_jobs",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    # Null: an earlier result answered.
    sa.Column("document_id", sa.Uuid(as_uuid=False), nullable=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("fresh", sa.Boolean, nullable=False),
    sa.Column("request_id", sa.Text, nullable=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("error_code", sa.Text, nullable=True),
    sa.Column("error_message", sa.Text, nullable=True),
    sa.Column("resume_id", sa.Uuid(as_uuid=False), nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
    # Null: the document was sent alone.
    sa.Column("batch_id", sa.Uuid(as_uuid=False), nullable=True),
    sa.Column("number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("filename", sa.LargeBinary, nullable=True),  # encrypted; of files of batches
    sa.Column("batch_sequence", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("owner", "request_id", name="parse_jobs_owner_request_id"),
    sa.Index("parse_jobs_batch", "batch_id", "number", postgresql_where=sa.text("batch_id IS NOT NULL")),
    sa.Index("parse_jobs_open", "heard_at", postgresql_where=sa.text("state IN ('queued', 'processing')")),
    sa.Index("parse_jobs_owner_open", "owner", postgresql_where=sa.text("state IN ('queued', 'processing')")),
    sa.Index("parse_jobs_updated_at", "updated_at"),
    sa.Index("parse_jobs_resume_id", "resume_id"),
)

# Every change of a job, for those who watch it.
parse_job_updates = sa.Table(
    "parse_job_updates",
    metadata,
    sa.Column("job_id", sa.Uuid(as_uuid=False), sa.ForeignKey("parse_jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("sequence", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("error_code", sa.Text, nullable=True),
    sa.Column("error_message", sa.Text, nullable=True),
    sa.Column("resume_id", sa.Uuid(as_uuid=False), nullable=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

parse_batches = sa.Table(
    "parse_batches",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),  # UUIDv7: in the order of writing
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("request_id", sa.Text, nullable=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("completed", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("cancelled", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("owner", "request_id", name="parse_batches_owner_request_id"),
    sa.Index("parse_batches_owner_id", "owner", "id"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("url", sa.LargeBinary, nullable=False),  # encrypted: addresses may hold keys
    sa.Column("secret", sa.LargeBinary, nullable=False),  # encrypted
    sa.Column("old_secret", sa.LargeBinary, nullable=True),  # encrypted
    sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
    # Empty: all.
    sa.Column("events", sa.ARRAY(sa.Text), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("webhooks_owner", "owner"),
)

# What webhooks are told, and how that went. A row is written with what it tells of.
webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),  # UUIDv7: in the order of writing
    sa.Column("webhook_id", sa.Uuid(as_uuid=False), sa.ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("response_status", sa.Integer, nullable=True),
    sa.Column("fault", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_attempt_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
    sa.Index("webhook_deliveries_due", "next_attempt_at", postgresql_where=sa.text("state = 'pending'")),
    sa.Index("webhook_deliveries_webhook", "webhook_id", "id"),
)

# Parses in hand, so that equal uploads at once cost one.
flights = sa.Table(
    "flights",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("holder", sa.Uuid(as_uuid=False), nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)

# Figures, each spread over several rows so that replicas do not wait for each other.
counters = sa.Table(
    "counters",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("shard", sa.SmallInteger, primary_key=True),
    sa.Column("value", sa.Double, nullable=False),
)

# Whose data was erased lately. Ids only.
erased_owners = sa.Table(
    "erased_owners",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
)

outbox = outbox_table(metadata)
