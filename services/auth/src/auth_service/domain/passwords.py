"""Which passwords are good enough, after NIST SP 800-63B §3.1.1.2: length and a blocklist, no rules on kinds of characters."""

import unicodedata

from auth_service.domain.errors import PasswordTooWeak

MINIMUM_LENGTH = 10

# Fewer different characters than this is a pattern, such as aaaabbbbcccc, and not a secret.
MINIMUM_DISTINCT = 5

# Passwords that are a piece of one of these rows, in either direction, are typed without thinking.
_ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgbyhnujm",
)
_ROWS_BOTH_WAYS = _ROWS + tuple(row[::-1] for row in _ROWS)

# What is left of the most common passwords once digits and signs around them are gone and "leet" letters are read back.
# fmt: off
_COMMON_WORDS = frozenset({
    "admin", "administrator", "asdfgh", "asdfghjkl", "baseball", "basketball", "batman", "changeit", "changeme",
    "charlie", "chocolate", "computer", "default", "dragon", "football", "freedom", "hello", "helloworld", "hiremesh",
    "iloveyou", "internet", "jesuschrist", "jordan", "killer", "letmein", "liverpool", "login", "lovely", "loveme",
    "manchester", "master", "michael", "michelle", "monkey", "mustang", "mypassword", "naruto", "pass", "passphrase",
    "passw", "passwd", "password", "passwordpassword", "pokemon", "princess", "qwer", "qwert", "qwerty",
    "qwertyqwerty", "qwertyui", "qwertyuiop", "resume", "root", "samsung", "secret", "security", "shadow",
    "spiderman", "starwars", "summer", "sunshine", "superman", "superuser", "test", "tester", "testing", "testtest",
    "trustno", "ubuntu", "user", "username", "welcome", "welcomehome", "whatever", "whatsup", "winter", "zxcvbn",
    "zxcvbnm",
})
# fmt: on
_LEET = str.maketrans("013457@$!", "oieastasi")


def normalise_password(password: str) -> str:
    """One form of what may be typed in several: an accented letter is one character or two, depending on the keyboard."""
    return unicodedata.normalize("NFKC", password)


def require_strong(password: str, *, email: str, name: str) -> None:
    """Raises PasswordTooWeak for a normalised password that is short, common, or the user's own e-mail address or name."""
    folded = password.casefold()
    own = {email.casefold(), email.partition("@")[0].casefold(), name.casefold(), "".join(name.casefold().split())}
    weak = (
        len(password) < MINIMUM_LENGTH
        or len(set(folded)) < MINIMUM_DISTINCT
        or folded in own
        or any(folded in row for row in _ROWS_BOTH_WAYS)
        or not _COMMON_WORDS.isdisjoint(_words_of(folded))
    )
    if weak:
        raise PasswordTooWeak(minimum_length=MINIMUM_LENGTH)


def _words_of(folded: str) -> set[str]:
    """The word inside `password123!` and inside `p4ssw0rd!!`."""
    trimmed = folded.strip("0123456789 !?.,;:_-+*#$%&/=@()")
    return {trimmed, trimmed.translate(_LEET)}
