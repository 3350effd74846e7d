"""What is sent to be analysed."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AnalysisUpload:
    """A resume as a file, and the text of a job."""

    document: bytes = field(repr=False)
    filename: str
    job_text: str = field(repr=False)
