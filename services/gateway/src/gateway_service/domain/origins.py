"""Which sites may call."""


def is_allowed(origin: str, allowed: frozenset[str]) -> bool:
    """Clients that are no browsers send no origin; that is fine."""
    return not origin or "*" in allowed or origin in allowed
