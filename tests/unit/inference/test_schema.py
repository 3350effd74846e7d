import json
from typing import Any

import pytest

from inference_service.domain.schema import SchemaCache
from meshkit.errors import InvalidRequest

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "years": {"type": "integer", "minimum": 0}},
    "required": ["name"],
    "additionalProperties": False,
}


def faults(schema: dict[str, Any], value: object) -> list[str]:
    return SchemaCache().compile(json.dumps(schema)).faults(value)


def test_what_follows_the_schema_has_no_faults() -> None:
    assert faults(PERSON, {"name": "Ada", "years": 3}) == []


def test_faults_name_keyword_and_place_and_nothing_that_the_value_says() -> None:
    (fault,) = faults(PERSON, {"name": "Ada", "years": -42})
    assert fault == "minimum at /years"


def test_property_names_that_may_be_text_of_a_document_are_not_told() -> None:
    schema = {"type": "object", "additionalProperties": {"type": "integer"}}
    assert faults(schema, {"ada@example.com": "x"}) == ["type at /*"]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"type": "array"}',
        '{"type": "object", "properties": {"a": {"type": "nonsense"}}}',
        '{"type": "object", "properties": {"a": {"$ref": "https://example.com/schema.json"}}}',
        '{"type": "object", "properties": {"a": {"$ref": "file:///etc/passwd"}}}',
    ],
    ids=["no JSON", "no schema", "no object", "no type", "a remote reference", "a file"],
)
def test_what_is_no_usable_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        SchemaCache().compile(text)
    assert refusal.value.violations[0].field == "schema"


def test_references_within_the_schema_are_followed() -> None:
    schema = {
        "type": "object",
        "properties": {"boss": {"$ref": "#/$defs/person"}},
        "$defs": {"person": PERSON},
    }
    assert faults(schema, {"boss": {"name": "Ada"}}) == []
    assert faults(schema, {"boss": {}}) == ["required at /boss"]


def test_a_schema_is_compiled_once() -> None:
    cache = SchemaCache()
    assert cache.compile(json.dumps(PERSON)) is cache.compile(json.dumps(PERSON))


def test_the_cache_is_bounded_and_forgets_what_was_not_used_for_longest() -> None:
    cache = SchemaCache(capacity=2)
    first, second, third = (json.dumps({"type": "object", "title": str(number)}) for number in range(3))
    kept = cache.compile(first)
    dropped = cache.compile(second)
    cache.compile(first)
    cache.compile(third)
    assert cache.compile(first) is kept
    assert cache.compile(second) is not dropped
