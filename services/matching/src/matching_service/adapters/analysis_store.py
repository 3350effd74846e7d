"""Kept analyses, in Postgres. Every query of a person names the owner; what they say is sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from matching_service.adapters.locks import lock_resume
from matching_service.adapters.tables import analyses, erased_resumes
from matching_service.domain.kept import KeptAnalysis, Outcome
from matching_service.ports import AnalysisCounts
from meshkit.encryption import Cipher

_OUTCOME = TypeAdapter(Outcome)
_WITHOUT_RESULT = [column for column in analyses.c if column is not analyses.c.result]


class SqlAnalysisStore:
    """The real `AnalysisStore`."""

    def __init__(self, connection: AsyncConnection, cipher: Cipher) -> None:
        self._connection = connection
        self._cipher = cipher

    async def put(self, analysis: KeptAnalysis) -> KeptAnalysis | None:
        """See the port."""
        if analysis.resume_id is not None and await self._is_erased(analysis.resume_id):
            return None
        statement = insert(analyses).values(self._values(analysis))
        kept = ("analysed_at", "role_score", "ats_score", "outcome", "result")
        statement = statement.on_conflict_do_update(
            index_elements=["owner_id", "fingerprint"], set_={name: statement.excluded[name] for name in kept}
        )
        row = (await self._connection.execute(statement.returning(analyses))).one()
        return self._analysis(row)

    async def find_same(self, fingerprint: bytes, *, owner_id: str) -> KeptAnalysis | None:
        """See the port."""
        query = sa.select(analyses).where(analyses.c.owner_id == owner_id, analyses.c.fingerprint == fingerprint)
        row = (await self._connection.execute(query)).first()
        return None if row is None else self._analysis(row)

    async def newest(self, job_ids: Sequence[str], *, owner_id: str, analysis_id: str = "") -> Sequence[KeptAnalysis]:
        """See the port."""
        query = sa.select(analyses).where(analyses.c.owner_id == owner_id, analyses.c.job_id.in_(job_ids))
        if analysis_id:
            query = query.where(analyses.c.id == analysis_id)
        query = query.ext(distinct_on(analyses.c.job_id))
        query = query.order_by(analyses.c.job_id, analyses.c.analysed_at.desc(), analyses.c.id.desc())
        return [self._analysis(row) for row in await self._connection.execute(query)]

    async def page(self, *, owner_id: str, after: tuple[datetime, str] | None, limit: int) -> Sequence[KeptAnalysis]:
        """See the port."""
        query = sa.select(*_WITHOUT_RESULT).where(analyses.c.owner_id == owner_id)
        if after is not None:
            time, analysis_id = after
            place = sa.tuple_(sa.literal(time, analyses.c.analysed_at.type), sa.literal(UUID(analysis_id), sa.Uuid))
            query = query.where(sa.tuple_(analyses.c.analysed_at, analyses.c.id) < place)
        query = query.order_by(analyses.c.analysed_at.desc(), analyses.c.id.desc()).limit(limit)
        return [self._analysis(row) for row in await self._connection.execute(query)]

    async def best(self, *, owner_id: str, limit: int) -> Sequence[KeptAnalysis]:
        """See the port."""
        query = sa.select(*_WITHOUT_RESULT).where(analyses.c.owner_id == owner_id)
        order = (analyses.c.role_score.desc(), analyses.c.ats_score.desc(), analyses.c.id.desc())
        of_jobs = query.ext(distinct_on(analyses.c.job_id)).order_by(analyses.c.job_id, *order).subquery()
        ranked = sa.select(of_jobs).order_by(*(of_jobs.c[name].desc() for name in ("role_score", "ats_score", "id")))
        return [self._analysis(row) for row in await self._connection.execute(ranked.limit(limit))]

    async def count(self, *, owner_id: str) -> AnalysisCounts:
        """See the port."""
        figures = (
            sa.func.count(),
            sa.func.count(sa.distinct(analyses.c.resume_id)),
            sa.func.max(analyses.c.analysed_at),
        )
        query = sa.select(*figures).where(analyses.c.owner_id == owner_id)
        return AnalysisCounts(*(await self._connection.execute(query)).one())

    async def remove(self, job_id: str, *, owner_id: str) -> None:
        """See the port."""
        await self._connection.execute(
            analyses.delete().where(analyses.c.owner_id == owner_id, analyses.c.job_id == job_id)
        )

    async def erase(self, resume_id: str) -> None:
        """See the port."""
        await self._connection.execute(analyses.delete().where(analyses.c.resume_id == resume_id))

    async def erase_of(self, *, owner_id: str) -> None:
        """See the port."""
        await self._connection.execute(analyses.delete().where(analyses.c.owner_id == owner_id))

    async def _is_erased(self, resume_id: str) -> bool:
        # An erasure that runs now is waited for: it would not see what is written here.
        await lock_resume(self._connection, resume_id)
        query = sa.select(sa.exists().where(erased_resumes.c.resume_id == resume_id))
        return bool(await self._connection.scalar(query))

    def _values(self, analysis: KeptAnalysis) -> dict[str, Any]:
        return {
            "id": analysis.id,
            "owner_id": analysis.owner_id,
            "job_id": analysis.job_id,
            "resume_id": analysis.resume_id,
            "anonymised": analysis.anonymised,
            "fingerprint": analysis.fingerprint,
            "job_hash": analysis.job_hash,
            "analysed_at": analysis.analysed_at,
            "role_score": analysis.outcome.role_score,
            "ats_score": analysis.outcome.ats_score,
            "outcome": _OUTCOME.dump_python(analysis.outcome, mode="json"),
            "result": self._cipher.encrypt(analysis.result, context=_context(analysis.owner_id, analysis.fingerprint)),
        }

    def _analysis(self, row: sa.Row[Any]) -> KeptAnalysis:
        sealed = row._mapping.get("result")
        return KeptAnalysis(
            id=str(row.id),
            owner_id=row.owner_id,
            job_id=str(row.job_id),
            resume_id=str(row.resume_id) if row.resume_id else None,
            anonymised=row.anonymised,
            fingerprint=row.fingerprint,
            job_hash=row.job_hash,
            analysed_at=row.analysed_at,
            outcome=_OUTCOME.validate_python(row.outcome),
            result=self._cipher.decrypt(sealed, context=_context(row.owner_id, row.fingerprint)) if sealed else b"",
        )


def _context(owner_id: str, fingerprint: bytes) -> str:
    """Names a row even before it has an id: results cannot be moved to another one."""
    return f"{owner_id} {fingerprint.hex()}"
