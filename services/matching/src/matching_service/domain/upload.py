"""What is sent to be analysed."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AnalysisUpload:
    """A resume as a file, and the text of a job."""

    document: bytes = field(repr=False)
    filename: str
    job_text: str = field(repr=False)
    anonymised: bool = False


@dataclass(frozen=True, slots=True)
class JobUpload:
    """The id of a posted job, and a resume: as a file, or by the id of a stored one."""

    job_id: str
    # None: there is no file; an empty one is a fault of the file.
    document: bytes | None = field(default=None, repr=False)
    filename: str = ""
    resume_id: str | None = None
    anonymised: bool = False
