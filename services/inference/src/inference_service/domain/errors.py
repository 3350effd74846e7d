"""Errors of this service."""

from meshkit.errors import DomainError, ServiceUnavailable


class ModelNotConfigured(DomainError):
    """No model of this name does what is asked; callers use their built-in path."""

    reason = "MODEL_NOT_CONFIGURED"
    template = "Model {model} is not configured"


class PromptTooLong(DomainError):
    """The prompt and the tokens asked for do not fit into the window."""

    reason = "PROMPT_TOO_LONG"
    template = "{input_tokens} tokens and {max_tokens} more do not fit into the {context_tokens} of {model}"


class OutputTruncated(DomainError):
    """The token limit came before the end of the object."""

    reason = "OUTPUT_TRUNCATED"
    template = "The object was not complete after {output_tokens} tokens of {model}"


class OutputInvalid(DomainError):
    """The answer is no JSON (`fault` json), or not of the schema (`fault` schema)."""

    reason = "OUTPUT_INVALID"
    template = "{model} gave no valid object: {fault}"


class BudgetExhausted(DomainError):
    """The call could cost more than the tenant's budget for this month has left, calls in progress counted."""

    reason = "BUDGET_EXHAUSTED"
    template = "Of the budget of {budget_usd} US dollars for {month}, {left_usd} are left: too little for this call"


class EngineFailed(ServiceUnavailable):
    """The engine is not there, is not ready, or broke while it worked."""

    template = "Model {service} does not answer; retry later"
