"""Errors that callers of auth can act on."""

from meshkit.errors import DomainError


class EmailTaken(DomainError):
    """An account with this e-mail address exists."""

    reason = "EMAIL_TAKEN"
    template = "An account with this e-mail address exists; log in instead"


class PasswordTooWeak(DomainError):
    """The password is too short, or among the first that an attacker tries."""

    reason = "PASSWORD_TOO_WEAK"
    template = (
        "Choose a password of at least {minimum_length} characters that is not a common one, "
        "and not your e-mail address or name"
    )


class InvalidCredentials(DomainError):
    """E-mail and password do not belong together. Never says which of them is wrong."""

    reason = "INVALID_CREDENTIALS"
    template = "E-mail address or password is wrong"


class RefreshTokenReused(DomainError):
    """A refresh token was used a second time; its session has ended."""

    reason = "REFRESH_TOKEN_REUSED"
    template = "This refresh token was used before, so its session has ended; log in again"
