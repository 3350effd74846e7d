"""The anonymised view of a resume.

Works on the resume as the contract's JSON, so that a field that is added later is scrubbed without a line here. Values of whole fields
are emptied, so that the structure stays valid; inside texts `[removed]` stands for what was there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from parser_service.domain.identity import Identity

# JSON by the contract: numbers and booleans are kept as they are.
Json = Any
JsonObject = Mapping[str, Json]

PLACEHOLDER = "[removed]"
NO_NAME = "redacted_without_name"
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?:-\d\d)?(?!\d)")


@dataclass(frozen=True, slots=True)
class RedactionOptions:
    """What to leave out beyond what is always left out."""

    schools: bool = False  # schools' names and places, and the years of education


class Fate(Enum):
    """What becomes of the texts in a field."""

    EMPTY = auto()
    SCRUB = auto()  # kept, without what identifies
    KEEP = auto()  # derived by us: codes, ids, dates


# The first pattern that fits a field decides; `*` is one step, a trailing `**` any number. What no pattern fits is scrubbed.
FIELDS: tuple[tuple[str, Fate], ...] = (
    ("/personal/headline", Fate.SCRUB),
    ("/personal/**", Fate.EMPTY),
    ("/projects/*/url", Fate.EMPTY),
    ("/publications/*/url", Fate.EMPTY),
    ("/metadata/user_id", Fate.EMPTY),
    ("/metadata/origin", Fate.EMPTY),
    ("/metadata/document/digest", Fate.EMPTY),
    ("/metadata/**", Fate.KEEP),
    ("/skill_details/*/id", Fate.KEEP),
    ("/skill_details/*/taxonomy", Fate.KEEP),
    ("/education/*/level", Fate.KEEP),
    ("/*/*/start_date", Fate.KEEP),
    ("/*/*/end_date", Fate.KEEP),
    ("/*/*/date", Fate.KEEP),
    ("/education/*/year", Fate.KEEP),
    ("/languages/*/code", Fate.KEEP),
)
SCHOOL_FIELDS: tuple[tuple[str, Fate], ...] = tuple(
    (f"/education/*/{name}", Fate.EMPTY) for name in ("institution", "location", "start_date", "end_date", "year")
)


def redact(resume: JsonObject, options: RedactionOptions) -> dict[str, Json]:
    """The resume without what tells who the person is. `resume` is the contract's `Resume` with its field names."""
    return _Redaction(identity_of(resume, options), fields_for(options), options).run(resume)


def identity_of(resume: JsonObject, options: RedactionOptions) -> Identity:
    """Whom the resume is about."""
    schools = [entry.get("institution", "") for entry in resume.get("education", ())] if options.schools else []
    return Identity.of(resume.get("personal", {}), schools=schools)


def fields_for(options: RedactionOptions) -> tuple[tuple[str, Fate], ...]:
    """The table of fields under these options."""
    return (*SCHOOL_FIELDS, *FIELDS) if options.schools else FIELDS


def fate_of(pointer: str, fields: Sequence[tuple[str, Fate]]) -> Fate:
    """What becomes of the field at a JSON pointer."""
    steps = pointer.split("/")
    return next((fate for pattern, fate in fields if _fits(pattern.split("/"), steps)), Fate.SCRUB)


def _fits(pattern: Sequence[str], steps: Sequence[str]) -> bool:
    if pattern[-1] == "**":
        return len(steps) >= len(pattern) and _fits(pattern[:-1], steps[: len(pattern) - 1])
    return len(pattern) == len(steps) and all(p in ("*", s) for p, s in zip(pattern, steps, strict=True))


@dataclass(frozen=True, slots=True)
class _Redaction:
    identity: Identity
    fields: tuple[tuple[str, Fate], ...]
    options: RedactionOptions

    def run(self, resume: JsonObject) -> dict[str, Json]:
        redacted = {name: self._value(value, f"/{name}") for name, value in resume.items() if name != "provenance"}
        redacted["provenance"] = self._provenance(resume.get("provenance", {}))
        if not resume.get("personal", {}).get("name"):
            metadata = redacted.setdefault("metadata", {})
            metadata["warnings"] = [*metadata.get("warnings", ()), NO_NAME]
        return redacted

    def _value(self, value: Json, pointer: str) -> Json:
        if isinstance(value, Mapping):
            return {name: self._value(inner, f"{pointer}/{name}") for name, inner in value.items()}
        fate = fate_of(pointer, self.fields)
        if isinstance(value, list):
            if fate is Fate.EMPTY:
                return []
            return [self._value(inner, f"{pointer}/{number}") for number, inner in enumerate(value)]
        if not isinstance(value, str) or fate is Fate.KEEP:
            return value
        return (
            ""
            if fate is Fate.EMPTY
            else self.identity.scrub(value, PLACEHOLDER, contact=pointer == "/personal/headline")
        )

    def _provenance(self, provenance: JsonObject) -> dict[str, Json]:
        """Places of emptied fields go; the texts of the others are scrubbed, also where they quote a neighbour."""
        kept: dict[str, Json] = {}
        for pointer, found in provenance.items():
            if fate_of(pointer, self.fields) is Fate.EMPTY:
                continue
            text = self.identity.scrub(found.get("text", ""), PLACEHOLDER, contact=pointer.startswith("/personal"))
            if self.options.schools and pointer.startswith("/education/"):
                text = YEAR.sub(PLACEHOLDER, text)
            kept[pointer] = {**found, "text": text}
        return kept
