"""Why a match cannot be made."""

from meshkit.errors import DomainError


class ResumeNotReady(DomainError):
    """The resume was stored a moment ago; its event is on the way."""

    reason = "RESUME_NOT_READY"
    template = "The resume is not ready yet; retry in a moment"
