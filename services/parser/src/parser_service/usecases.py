"""What parser does."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

import structlog

from meshkit.errors import DomainError
from parser_service.domain.dates import Month
from parser_service.domain.model import NOBODYS, Doubt, Errand, ModelUse, ParsedDocument, Resume
from parser_service.domain.redaction import JsonObject, RedactionOptions
from parser_service.domain.refinement import VERSION_SUFFIX, Pointed, refined
from parser_service.ports import Attempt, DocumentReader, JobBoard, NoModel, Progress, Redactor, Refiner, SkillLinker

_log = structlog.get_logger()

Answer = TypeVar("Answer")

# Reasons that say nothing about the document.
_TRANSIENT = frozenset({"OVERLOADED", "SERVICE_UNAVAILABLE", "DEADLINE_EXCEEDED"})
# Before each next attempt; the last one repeats.
_ATTEMPT_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 5, 10))
# A result is worth this much patience with a gateway that restarts, and no more: then it is parsed again.
_DELIVERY_PATIENCE = timedelta(seconds=60)
_DELIVERY_PAUSE = timedelta(seconds=0.5)
# Between looks at the page that is being read.
_PAGE_PAUSE = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class RefineResume:
    """Asks a model about the entries that the rules are unsure of, all at once, and takes what comes in time."""

    refiner: Refiner
    timeout: timedelta
    today: Callable[[], date]

    async def __call__(self, resume: Resume, errand: Errand = NOBODYS) -> tuple[Resume, ModelUse]:
        """Raises nothing: the rules' reading stands where the model does not answer, and a warning says so."""
        version = resume.reading.extractor_version + VERSION_SUFFIX
        resume = replace(resume, reading=replace(resume.reading, extractor_version=version))
        if not resume.doubts:
            return resume, ModelUse()
        asked = {asyncio.create_task(self.refiner.point(doubt, errand)): doubt for doubt in resume.doubts}
        try:
            await asyncio.wait(asked, timeout=self.timeout.total_seconds())
        finally:
            for call in asked:
                call.cancel()
            await asyncio.wait(asked)
        answers: list[tuple[Doubt, Sequence[Pointed]]] = []
        used = ModelUse()
        missing: set[str] = set()
        for call, doubt in asked.items():
            if call.cancelled():
                missing.add("refinement_incomplete")
            elif (fault := call.exception()) is not None:
                missing.add("refinement_unavailable" if isinstance(fault, NoModel) else "refinement_incomplete")
                _log.warning("refinement_failed", reason=getattr(fault, "wire_reason", type(fault).__name__))
            else:
                pointed, use = call.result()
                answers.append((doubt, pointed))
                used += use
        today = self.today()
        resume = refined(resume, answers, Month(today.year, today.month))
        reading = resume.reading
        engine = f"{reading.engine}+{used.model}" if used.model else reading.engine
        warnings = (*reading.warnings, *sorted(missing))
        return replace(resume, reading=replace(reading, engine=engine, warnings=warnings)), used


@dataclass(frozen=True, slots=True)
class ParseDocument:
    """Reads a document and links its skills."""

    reader: DocumentReader
    skills: SkillLinker
    refine: RefineResume | None = None

    async def __call__(
        self, document: bytes, progress: Progress | None = None, *, errand: Errand = NOBODYS
    ) -> ParsedDocument:
        """Raises what the reader raises."""
        started = time.perf_counter()
        resume = await self.reader.read(document, progress)
        used = ModelUse()
        if self.refine is not None:
            resume, used = await self.refine(resume, errand)
        details = tuple(self.skills.link(name) for name in resume.skills)
        return ParsedDocument(
            resume=resume,
            skill_details=details,
            digest=hashlib.sha256(document).hexdigest(),
            size=len(document),
            seconds=time.perf_counter() - started,
            model_use=used,
        )


@dataclass(frozen=True, slots=True)
class Redact:
    """Removes what tells who a person is."""

    redactor: Redactor

    async def resume(self, resume: JsonObject, options: RedactionOptions) -> JsonObject:
        """From structured data. Raises what the redactor raises."""
        return await self.redactor.redact_resume(resume, options)

    async def document(self, document: bytes, resume: JsonObject, options: RedactionOptions) -> bytes:
        """From the document that the resume was read from; the answer is a PDF. Raises what the redactor raises."""
        return await self.redactor.redact_document(document, resume, options)


@dataclass(frozen=True, slots=True)
class WorkOnJob:
    """Parses one document for the background and hands in what came of it."""

    parse: ParseDocument
    board: JobBoard
    report_interval: timedelta

    async def __call__(self, job_id: str) -> timedelta | None:
        """None when the job needs no more of anybody; else when to come back. Raises what the board raises while it is away."""
        assignment = await self.board.begin(job_id)
        attempt = assignment.attempt
        if attempt is None:
            return assignment.retry_after
        progress, errand = Progress(), Errand(assignment.tenant, job_id, batch=assignment.batch)
        parsing = asyncio.create_task(self.parse(assignment.document, progress, errand=errand))
        reporting = asyncio.create_task(self._report(attempt, progress, parsing))
        try:
            parsed = await parsing
        except asyncio.CancelledError:
            if not reporting.done():  # this worker is told to stop, not this attempt
                raise
            return None
        except DomainError as fault:
            transient = fault.wire_reason in _TRANSIENT
            return await self._fail(attempt, fault.wire_reason, str(fault), transient=transient)
        except Exception as fault:
            _log.error("job_attempt_failed", job=job_id, attempt=attempt.number, kind=type(fault).__name__)
            return await self._fail(attempt, "INTERNAL", "Internal error", transient=True)
        finally:
            parsing.cancel()
            reporting.cancel()
            await asyncio.wait([parsing, reporting])
        await self._deliver(lambda: self.board.complete(attempt, parsed))
        return None

    async def _report(self, attempt: Attempt, progress: Progress, parsing: asyncio.Task[ParsedDocument]) -> None:
        """Until the board says that nobody wants the result; then the parse is cancelled, which kills its process."""
        while True:
            await self._news(progress)
            try:
                if not await self.board.report(attempt, progress):
                    break
            except DomainError as fault:
                _log.warning("job_report_delayed", reason=fault.wire_reason)
        parsing.cancel()

    async def _news(self, progress: Progress) -> None:
        """Returns when a page was read, or when it is time for a sign of life."""
        known, ends_at = progress.page, time.monotonic() + self.report_interval.total_seconds()
        while (left := ends_at - time.monotonic()) > 0:
            await asyncio.sleep(min(_PAGE_PAUSE.total_seconds(), left))
            if progress.page != known:
                return

    async def _fail(self, attempt: Attempt, code: str, message: str, *, transient: bool) -> timedelta | None:
        retry = await self._deliver(lambda: self.board.fail(attempt, code=code, message=message, transient=transient))
        return _ATTEMPT_DELAYS[min(attempt.number, len(_ATTEMPT_DELAYS)) - 1] if retry else None

    async def _deliver(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        ends_at = time.monotonic() + _DELIVERY_PATIENCE.total_seconds()
        while True:
            try:
                return await call()
            except DomainError as fault:
                if fault.wire_reason not in _TRANSIENT or time.monotonic() > ends_at:
                    raise
            await asyncio.sleep(_DELIVERY_PAUSE.total_seconds())
