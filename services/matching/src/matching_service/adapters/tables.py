"""The tables of matching, in its own schema."""

import sqlalchemy as sa
from pgvector.sqlalchemy import HALFVEC, Vector
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from meshkit.outbox import inbox_table, outbox_table

# all-MiniLM-L6-v2. A model of another width needs a migration.
EMBEDDING_DIMENSIONS = 384
# `domain.nearness.DIMENSIONS`.
NEARNESS_DIMENSIONS = 512

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
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("industry", sa.Text, nullable=False, server_default=""),
    # `domain.places.bare` of the location.
    sa.Column(
        "place",
        sa.Text,
        sa.Computed("regexp_replace(normalize(lower(location), NFKD), '[\\u0300-\\u036f]', '', 'g')", persisted=True),
        nullable=False,
    ),
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

# ---------------------------------------------------------------- the engine

# Skills have numbers in features; `jobs` counts those that ask for one, as of the last sweep.
skill_keys = sa.Table(
    "skill_keys",
    metadata,
    sa.Column("key", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("skill_id", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("jobs", sa.Integer, nullable=False, server_default="0"),
)

# Distinct titles of jobs in the space of titles: as they are, and drawn to their neighbours.
titles = sa.Table(
    "titles",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("plain", HALFVEC(EMBEDDING_DIMENSIONS), nullable=False),
    sa.Column("drawn", HALFVEC(EMBEDDING_DIMENSIONS), nullable=False),
    sa.UniqueConstraint("model", "words"),
)
sa.Index("ix_titles_plain", titles.c.plain, postgresql_using="hnsw", postgresql_ops={"plain": "halfvec_ip_ops"})

# What open jobs are filtered by. Narrow: some fifty rows share a page, so that preferences are asked of many in no time.
job_index = sa.Table(
    "job_index",
    metadata,
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
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
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
    # Words of the title and keys of skills.
    sa.Column("terms", TSVECTOR, nullable=False),
)
sa.Index("ix_job_index_terms", job_index.c.terms, postgresql_using="gin")
sa.Index("ix_job_index_country", job_index.c.country)
sa.Index(
    "ix_job_index_location",
    job_index.c.location,
    postgresql_using="gin",
    postgresql_ops={"location": "gin_trgm_ops"},
)

# What open jobs are judged by, and the vector that leads to them; both stored in the row: another look-up for each takes longer than to
# measure it.
job_features = sa.Table(
    "job_features",
    metadata,
    sa.Column("job_id", sa.ForeignKey("job_index.job_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
    sa.Column("vector", HALFVEC(NEARNESS_DIMENSIONS), nullable=False),
)
sa.Index(
    "ix_job_features_vector",
    job_features.c.vector,
    postgresql_using="hnsw",
    postgresql_ops={"vector": "halfvec_ip_ops"},
)

# A person's newest resume, as the engine sees it.
people = sa.Table(
    "people",
    metadata,
    sa.Column("owner_id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("resume_id", sa.Uuid, nullable=False, index=True),
    sa.Column("features", JSONB, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("vector", HALFVEC(NEARNESS_DIMENSIONS), nullable=False),
    sa.Column("visible", sa.Boolean, nullable=False),
    sa.Column("indexed_at", sa.DateTime(timezone=True), nullable=False),
    # Of the last ranking: when, and the digest of what it rested on.
    sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, index=True),
)
sa.Index("ix_people_vector", people.c.vector, postgresql_using="hnsw", postgresql_ops={"vector": "halfvec_ip_ops"})

preferences = sa.Table(
    "preferences",
    metadata,
    sa.Column("owner_id", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("wanted", JSONB, nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)

matches = sa.Table(
    "matches",
    metadata,
    sa.Column("owner_id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, index=True),
    sa.Column("resume_id", sa.Uuid, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    # Components with reasons, and skills.
    sa.Column("found", JSONB, nullable=False),
    sa.Column("scorer_version", sa.Text, nullable=False),
    # Of resume, job and preferences.
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
)
sa.Index("ix_matches_best", matches.c.owner_id, matches.c.score.desc())

# What a person did with a job. Outlives its matches: what was removed stays removed.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("owner_id", sa.Text, primary_key=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("verdict", sa.SmallInteger, nullable=True),
    sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
)

# Who was shown which score. Rows can't be changed or removed: a trigger refuses it.
match_log = sa.Table(
    "match_log",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
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
