"""Analyses, as they are kept."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "analyses",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner_id", sa.Text, nullable=False),
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("resume_id", sa.Uuid, nullable=True),
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
    op.create_index("ix_analyses_resume_id", "analyses", ["resume_id"])
    op.create_index("ix_analyses_of_owner", "analyses", ["owner_id", "analysed_at", "id"])
    op.create_index("ix_analyses_of_job", "analyses", ["owner_id", "job_id"])


def downgrade() -> None:
    """Drops it."""
    op.drop_table("analyses")
