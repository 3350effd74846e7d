"""Why a file cannot be read as a resume."""

from meshkit.errors import DomainError


class UnsupportedFileType(DomainError):
    """The content is of a kind that the reader does not read; `file_type` is what it was sniffed to be."""

    reason = "UNSUPPORTED_FILE_TYPE"
    template = "Unsupported file type: {file_type}. Allowed: {allowed}"


class EmptyDocument(DomainError):
    """The file has no bytes, or nothing but white space."""

    reason = "DOCUMENT_EMPTY"
    template = "The document is empty"


class DocumentUnreadable(DomainError):
    """The file is damaged or cut off."""

    reason = "DOCUMENT_UNREADABLE"
    template = "The {kind} file is damaged or incomplete"


class DocumentEncrypted(DomainError):
    """The file opens only with a password."""

    reason = "DOCUMENT_ENCRYPTED"
    template = "The {kind} document is encrypted; remove the password and send it again"


class NoTextInDocument(DomainError):
    """The pages hold pictures only."""

    reason = "DOCUMENT_WITHOUT_TEXT"
    template = "The document has {pages} pages but no text"


class NotAResume(DomainError):
    """The document holds text, but of another kind: an invoice, a letter, a chapter."""

    reason = "DOCUMENT_IS_NO_RESUME"
    template = "The document does not look like a resume"


class TooManyPages(DomainError):
    """The document is longer than the limit."""

    reason = "DOCUMENT_TOO_LONG"
    template = "The document has {pages} pages; at most {limit} are read"


class TooMuchText(DomainError):
    """The document holds more text than the limit."""

    reason = "DOCUMENT_TOO_LONG"
    template = "The document has {characters} characters; at most {limit} are read"


class DocumentTooComplex(DomainError):
    """Reading the document used more than one document may use; `limit` is `time`, `memory`, `pixels` or `size`."""

    reason = "DOCUMENT_TOO_COMPLEX"
    template = "Reading the document exceeded the limit of {limit} for one document"


class RedactionIncomplete(DomainError):
    """Something identifying could not be removed from a page; the document is not handed out."""

    reason = "REDACTION_INCOMPLETE"
    template = "Page {page} could not be anonymised"
