"""Places of work without case and accents, to search by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column, computed from the place of work."""
    bare = "regexp_replace(normalize(lower(location), NFKD), '[\\u0300-\\u036f]', '', 'g')"
    op.add_column("jobs", sa.Column("place", sa.Text, sa.Computed(bare, persisted=True), nullable=False))


def downgrade() -> None:
    """Drops it."""
    op.drop_column("jobs", "place")
