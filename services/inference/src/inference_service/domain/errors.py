"""Errors of this service."""

from meshkit.errors import DomainError


class ModelNotConfigured(DomainError):
    """No model of this name does what is asked; callers use their built-in path."""

    reason = "MODEL_NOT_CONFIGURED"
    template = "Model {model} is not configured"
