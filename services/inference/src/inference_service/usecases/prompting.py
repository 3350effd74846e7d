"""Prompts by name."""

from collections.abc import Mapping, Sequence

from inference_service.domain.fencing import Document, Message
from inference_service.domain.templates import PromptTemplate
from meshkit.errors import NotFound


class Prompts:
    """The prompts that were there at the start."""

    def __init__(self, templates: Mapping[str, PromptTemplate]) -> None:
        self._templates = templates

    def render(self, name: str, values: Mapping[str, str], documents: Sequence[Document]) -> list[Message]:
        """The conversation. Raises NotFound, and InvalidRequest when the call does not fit the prompt."""
        return self._template(name).render(values, documents)

    def schema(self, name: str) -> str:
        """As JSON text; empty for a prompt that asks for plain text. Raises NotFound."""
        return self._template(name).schema

    def _template(self, name: str) -> PromptTemplate:
        try:
            return self._templates[name]
        except KeyError:
            raise NotFound(resource="prompt") from None
