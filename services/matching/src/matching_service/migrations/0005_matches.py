"""Preferences, the index of the engine, matches, marks, and the log of what was shown."""

import sqlalchemy as sa
from alembic import op
from pgvector.sqlalchemy import HALFVEC
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JOB = "jobs.id"
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Creates the tables."""
    op.add_column("jobs", sa.Column("expires_at", _TIME, nullable=True))
    op.add_column("jobs", sa.Column("industry", sa.Text, nullable=False, server_default=""))
    _create_index_of_jobs()
    _create_index_of_people()
    _create_matches()
    _create_log()


def _create_index_of_jobs() -> None:
    op.create_table(
        "skill_keys",
        sa.Column("key", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("skill_id", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("jobs", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "titles",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("plain", HALFVEC(384), nullable=False),
        sa.Column("drawn", HALFVEC(384), nullable=False),
        sa.UniqueConstraint("model", "words"),
    )
    op.execute("CREATE INDEX ix_titles_plain ON titles USING hnsw (plain public.halfvec_ip_ops)")
    op.create_table(
        "job_index",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey(_JOB, ondelete="CASCADE"), primary_key=True),
        sa.Column("country", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("workplace", sa.SmallInteger, nullable=True),
        sa.Column("employment", sa.SmallInteger, nullable=True),
        sa.Column("seniority", sa.SmallInteger, nullable=True),
        sa.Column("pay_maximum", sa.Float, nullable=True),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("company", sa.Text, nullable=False),
        sa.Column("languages", ARRAY(sa.Text), nullable=False),
        sa.Column("expires_at", _TIME, nullable=True),
        sa.Column("indexed_at", _TIME, nullable=False),
        sa.Column("terms", TSVECTOR, nullable=False),
    )
    op.create_index("ix_job_index_country", "job_index", ["country"])
    op.execute("CREATE INDEX ix_job_index_terms ON job_index USING gin (terms)")
    op.execute("CREATE INDEX ix_job_index_location ON job_index USING gin (location public.gin_trgm_ops)")
    op.create_table(
        "job_features",
        sa.Column("job_id", sa.Uuid, sa.ForeignKey("job_index.job_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.Column("vector", HALFVEC(512), nullable=False),
    )
    op.execute("CREATE INDEX ix_job_features_vector ON job_features USING hnsw (vector public.halfvec_ip_ops)")
    for column in ("record", "vector"):
        op.execute(f"ALTER TABLE job_features ALTER COLUMN {column} SET STORAGE PLAIN")


def _create_index_of_people() -> None:
    op.create_table(
        "people",
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("resume_id", sa.Uuid, nullable=False),
        sa.Column("features", JSONB, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("vector", HALFVEC(512), nullable=False),
        sa.Column("visible", sa.Boolean, nullable=False),
        sa.Column("indexed_at", _TIME, nullable=False),
        sa.Column("matched_at", _TIME, nullable=True),
        sa.Column("due_at", _TIME, nullable=False),
    )
    op.create_index("ix_people_resume_id", "people", ["resume_id"])
    op.create_index("ix_people_due_at", "people", ["due_at"])
    op.execute("CREATE INDEX ix_people_vector ON people USING hnsw (vector public.halfvec_ip_ops)")
    op.create_table(
        "preferences",
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("wanted", JSONB, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
    )


def _create_matches() -> None:
    op.create_table(
        "matches",
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey(_JOB, ondelete="CASCADE"), primary_key=True),
        sa.Column("resume_id", sa.Uuid, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("found", JSONB, nullable=False),
        sa.Column("scorer_version", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("matched_at", _TIME, nullable=False),
    )
    op.create_index("ix_matches_job_id", "matches", ["job_id"])
    op.create_index("ix_matches_best", "matches", ["owner_id", sa.text("score DESC")])
    op.create_table(
        "marks",
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("job_id", sa.Uuid, sa.ForeignKey(_JOB, ondelete="CASCADE"), primary_key=True),
        sa.Column("removed_at", _TIME, nullable=True),
        sa.Column("verdict", sa.SmallInteger, nullable=True),
        sa.Column("verdict_at", _TIME, nullable=True),
        sa.Column("applied_at", _TIME, nullable=True),
    )


def _create_log() -> None:
    op.create_table(
        "match_log",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("shown_at", _TIME, nullable=False),
        sa.Column("viewer", sa.Text, nullable=False),
        sa.Column("audience", sa.SmallInteger, nullable=False),
        sa.Column("resume_id", sa.Uuid, nullable=False),
        sa.Column("job_id", sa.Uuid, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("found", JSONB, nullable=False),
        sa.Column("scorer_version", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("viewer", "resume_id", "job_id", "digest", name="uq_match_log_once"),
    )
    op.execute(
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'the log of matches is append-only' USING ERRCODE = 'restrict_violation'; END $$"""
    )
    op.execute(
        """CREATE TRIGGER match_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON match_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
    )


def downgrade() -> None:
    """Drops the tables."""
    op.execute("DROP TRIGGER match_log_is_append_only ON match_log")
    for table in (
        "match_log", "marks", "matches", "preferences", "people", "job_features", "job_index", "titles", "skill_keys",
    ):  # fmt: skip
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
    op.drop_column("jobs", "industry")
    op.drop_column("jobs", "expires_at")
