"""Users, and what makes one account differ from another."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. E-mail and name are personal data and stay out of reprs."""

    id: UUID
    email: str = field(repr=False)  # normalised
    name: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the credential that proves who they are."""

    user: User
    password_hash: str = field(repr=False)


def normalise_email(email: str) -> str:
    """The form that is stored and compared: case never distinguishes two accounts.

    RFC 5321 lets a server tell local parts apart by case. None of note does, and people type their address either way.
    """
    return email.strip().lower()
