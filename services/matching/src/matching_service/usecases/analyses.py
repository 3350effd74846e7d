"""Analyses: made, kept and looked up again."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from matching_service.domain.analysis import analyse
from matching_service.domain.calibration import cosine
from matching_service.domain.errors import AiServiceUnavailable
from matching_service.domain.job import read_job
from matching_service.domain.kept import (
    Comparison,
    Entry,
    KeptAnalysis,
    Stats,
    best_first,
    fingerprint,
    outcome_of,
    text_hash,
)
from matching_service.domain.neutral import neutral_profile
from matching_service.domain.posting import JobPosting
from matching_service.domain.reading import ReadResume
from matching_service.domain.report import Report, report
from matching_service.domain.summary import job_summary, profile_summary
from matching_service.domain.upload import AnalysisUpload, JobUpload
from matching_service.domain.written import task_of, written
from matching_service.ports import Clock, Embedder, ResumeReader, ResumeSource, Transaction, Transactions, Writer
from meshkit.errors import NotFound, ServiceUnavailable
from taxonomy import SkillIndex

RETRY_AFTER = timedelta(seconds=1)
# Jobs that figures are summed over, the best fitting ones first.
MOST_JOBS = 1000

# All that an analysis says, as it is kept.
PrintReport = Callable[[Report], bytes]


class Analyst:
    """Holds a resume that was read against the text of a job."""

    def __init__(self, embedder: Embedder, writer: Writer, skills: SkillIndex) -> None:
        self._embedder = embedder
        self._writer = writer
        self._skills = skills

    async def __call__(self, resume: ReadResume, job_text: str, *, anonymised: bool, tenant: str) -> Report:
        """Raises InvalidRequest, AiServiceUnavailable."""
        # Takes a while of computing: not on the event loop.
        job = await asyncio.to_thread(read_job, job_text, self._skills)
        similarity, model = await self._similarity(resume, job_text, tenant)
        found = await asyncio.to_thread(analyse, resume, job, similarity, self._skills)
        if found is None:
            raise AiServiceUnavailable(retry_after=RETRY_AFTER)
        builtin = report(found, embedding_model=model, anonymised=anonymised)
        writing = await self._writer.write(task_of(builtin), tenant=tenant)
        if writing is None:
            return builtin
        return await asyncio.to_thread(written, builtin, writing, job_text, self._skills)

    async def require_words(self, job_text: str) -> None:
        """Raises InvalidRequest when the text holds none: sooner than a resume is read."""
        await asyncio.to_thread(read_job, job_text, self._skills)

    async def _similarity(self, resume: ReadResume, job_text: str, tenant: str) -> tuple[float | None, str]:
        try:
            texts = [profile_summary(neutral_profile(resume.profile, resume.facts.language)), job_summary(job_text)]
            of_resume, of_job = await self._embedder.embed(texts, tenant=tenant)
        except ServiceUnavailable:
            return None, ""
        return cosine(of_resume.vector, of_job.vector), of_job.model


class AnalyzeResume:
    """Reads a resume and holds it against the text of a job. Keeps neither."""

    def __init__(self, reader: ResumeReader, analyst: Analyst) -> None:
        self._reader = reader
        self._analyst = analyst

    async def __call__(self, upload: AnalysisUpload, *, tenant: str) -> Report:
        """Raises InvalidFileFormat, ProcessingFailed, InvalidRequest, AiServiceUnavailable."""
        await self._analyst.require_words(upload.job_text)
        resume = await self._reader.read(
            upload.document, filename=upload.filename, anonymised=upload.anonymised, tenant=tenant
        )
        return await self._analyst(resume, upload.job_text, anonymised=upload.anonymised, tenant=tenant)


class AnalyzeForJob:
    """Holds a resume against a posted job, and keeps the result."""

    def __init__(
        self,
        transactions: Transactions,
        reader: ResumeReader,
        resumes: ResumeSource,
        analyst: Analyst,
        print_report: PrintReport,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._transactions = transactions
        self._reader = reader
        self._resumes = resumes
        self._analyst = analyst
        self._print = print_report
        self._clock = clock
        self._new_id = new_id

    async def __call__(self, upload: JobUpload, *, owner_id: str, tenant: str) -> Entry:
        """The same inputs get the same analysis. Raises NotFound, InvalidFileFormat, ProcessingFailed, AiServiceUnavailable."""
        async with self._transactions() as tx:
            job = await tx.jobs.find(upload.job_id)
        if job is None:
            raise NotFound(resource="Job")
        resume = await self._read(upload, tenant)
        text = job.complete.text
        of = fingerprint(resume, text, resume_id=upload.resume_id, anonymised=upload.anonymised)
        if (earlier := await self._again(of, owner_id)) is not None:
            return Entry(earlier, job)
        made = await self._analyst(resume, text, anonymised=upload.anonymised, tenant=tenant)
        analysis = KeptAnalysis(
            id=self._new_id(),
            owner_id=owner_id,
            job_id=job.id,
            resume_id=upload.resume_id,
            anonymised=upload.anonymised,
            fingerprint=of,
            job_hash=text_hash(text),
            analysed_at=self._clock(),
            outcome=outcome_of(made.analysis, engine=made.engine, embedding_model=made.embedding_model),
            result=self._print(made),
        )
        async with self._transactions() as tx:
            kept = await tx.analyses.put(analysis)
        if kept is None:  # the resume was deleted meanwhile
            raise NotFound(resource="Resume")
        return Entry(kept, job)

    async def _read(self, upload: JobUpload, tenant: str) -> ReadResume:
        if upload.resume_id is not None:
            return await self._resumes.read(upload.resume_id, anonymised=upload.anonymised)
        return await self._reader.read(
            upload.document or b"", filename=upload.filename, anonymised=upload.anonymised, tenant=tenant
        )

    async def _again(self, of: bytes, owner_id: str) -> KeptAnalysis | None:
        """The analysis of the same inputs. One that had to do without a model is made again."""
        async with self._transactions() as tx:
            earlier = await tx.analyses.find_same(of, owner_id=owner_id)
            if earlier is None or not earlier.outcome.embedding_model:
                return None
            again = replace(earlier, analysed_at=self._clock())
            return await tx.analyses.put(again)


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Entries, and the cursor of the next page; empty on the last."""

    entries: Sequence[Entry]
    next_cursor: str = ""


class FindAnalyses:
    """Looks up what was kept for one owner. Nobody else's analyses are ever found."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def get(self, job_id: str, *, owner_id: str, analysis_id: str = "") -> Entry:
        """The newest one for a job, or the one with the id. Raises NotFound."""
        async with self._transactions() as tx:
            found = await tx.analyses.newest([job_id], owner_id=owner_id, analysis_id=analysis_id)
            entries = await _beside_their_jobs(tx, found)
        if not entries:
            raise NotFound(resource="Analysis")
        return entries[0]

    async def page(self, *, owner_id: str, after: str | None, size: int) -> EntryPage:
        """Those asked for last first."""
        async with self._transactions() as tx:
            position = _position(after) if after else None
            found = await tx.analyses.page(owner_id=owner_id, after=position, limit=size + 1)
            entries = await _beside_their_jobs(tx, found[:size])
        last = found[size - 1] if len(found) > size else None
        return EntryPage(entries, f"{last.analysed_at.isoformat()} {last.id}" if last else "")

    async def top_matches(self, *, owner_id: str, size: int) -> Sequence[Entry]:
        """The best of each open job, the best first."""
        entries = await self._best(owner_id)
        return [entry for entry in entries if not entry.job.closed][:size]

    async def stats(self, *, owner_id: str) -> Stats:
        """Figures over the best of each job."""
        entries = await self._best(owner_id)
        async with self._transactions() as tx:
            counts = await tx.analyses.count(owner_id=owner_id)
        return Stats(counts.analyses, counts.resumes, entries, counts.last_at)

    async def compare(self, job_ids: Sequence[str], *, owner_id: str) -> Comparison:
        """The newest of each job. Raises NotFound when there is none at all."""
        async with self._transactions() as tx:
            found = await tx.analyses.newest(job_ids, owner_id=owner_id)
            entries = await _beside_their_jobs(tx, found)
        if not entries:
            raise NotFound(resource="Analysis")
        known = {entry.job.id for entry in entries}
        return Comparison(best_first(entries), [job_id for job_id in job_ids if job_id not in known])

    async def _best(self, owner_id: str) -> list[Entry]:
        async with self._transactions() as tx:
            return best_first(await _beside_their_jobs(tx, await tx.analyses.best(owner_id=owner_id, limit=MOST_JOBS)))


class EraseAnalyses:
    """Forgets what was kept."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    async def __call__(self, job_id: str, *, owner_id: str) -> None:
        """All of one owner for a job. Erasing again changes nothing."""
        async with self._transactions() as tx:
            await tx.analyses.remove(job_id, owner_id=owner_id)


async def _beside_their_jobs(tx: Transaction, analyses: Sequence[KeptAnalysis]) -> list[Entry]:
    found = await tx.jobs.find_all(list(dict.fromkeys(analysis.job_id for analysis in analyses)))
    jobs: dict[str, JobPosting] = {job.id: job for job in found}
    return [Entry(analysis, jobs[analysis.job_id]) for analysis in analyses if analysis.job_id in jobs]


def _position(cursor: str) -> tuple[datetime, str]:
    time, _, analysis_id = cursor.partition(" ")
    return datetime.fromisoformat(time), analysis_id
