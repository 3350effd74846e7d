"""Prompts on disk: NAME/vN/prompt.md, beside it schema.json where an object is asked for."""

from collections.abc import Mapping
from pathlib import Path

from inference_service.domain.schema import SchemaCache
from inference_service.domain.templates import PromptTemplate, parse_template

PROMPT = "prompt.md"
SCHEMA = "schema.json"


def read_prompts(folder: Path, schemas: SchemaCache) -> Mapping[str, PromptTemplate]:
    """All prompts by name and version (`insights/v1`), their schemas compiled. Raises BrokenTemplate, and InvalidRequest for a schema."""
    prompts = {}
    for path in sorted(folder.glob(f"*/v*/{PROMPT}")):
        name = f"{path.parent.parent.name}/{path.parent.name}"
        schema_path = path.with_name(SCHEMA)
        schema = schema_path.read_text() if schema_path.exists() else ""
        if schema:
            schemas.compile(schema)
        prompts[name] = parse_template(name, path.read_text(), schema)
    return prompts
