"""What can be wrong with an upload."""

from meshkit.errors import DomainError

_MEGABYTE = 1024 * 1024


class FileTooLarge(DomainError):
    """The document is larger than the service allows."""

    reason = "FILE_TOO_LARGE"
    template = "File too large (max {limit_megabytes}MB)"

    def __init__(self, *, limit_bytes: int) -> None:
        super().__init__(limit_megabytes=limit_bytes // _MEGABYTE)
        self.fields = {"limit_bytes": limit_bytes}


class DocumentEmpty(DomainError):
    """There is nothing to read."""

    reason = "DOCUMENT_EMPTY"
    template = "The document is empty"
