"""Pieces of texts that are compared by their meaning."""

from collections.abc import Sequence

from matching_service.domain.features import MOST_CHUNKS, MOST_TITLES
from matching_service.domain.model import Profile
from matching_service.domain.passages import Force, passages
from matching_service.domain.summary import MAX_SKILLS, profile_summary

# About 150 tokens; the embedder reads 256.
LONGEST_CHUNK = 700
# A paragraph begins a piece of its own unless the one before is shorter.
SHORTEST_CHUNK = 80


def job_chunks(text: str) -> Sequence[str]:
    """What is asked for and what there is to do, in up to three pieces, by paragraph; benefits and the like left out."""
    pieces: list[str] = []
    end, force = 0, None
    for passage in passages(text):
        if passage.force is Force.NONE:
            continue
        words = " ".join(passage.text.split()).lstrip("-*•·◦▪‣–— ")[:LONGEST_CHUNK]
        begins = passage.force is not force or "\n\n" in text[end : passage.start]
        if (
            not pieces
            or len(pieces[-1]) + len(words) >= LONGEST_CHUNK
            or (begins and len(pieces[-1]) >= SHORTEST_CHUNK)
        ):
            if len(pieces) == MOST_CHUNKS:
                break
            pieces.append(words)
        else:
            pieces[-1] = f"{pieces[-1]} {words}"
        end, force = passage.start + len(passage.text), passage.force
    return pieces


def person_titles(profile: Profile) -> Sequence[str]:
    """Headline and titles, the present ones first."""
    titles = [profile.headline, *(position.title for position in profile.positions)]
    return list(dict.fromkeys(filter(None, titles)))[:MOST_TITLES]


def person_chunks(profile: Profile) -> Sequence[str]:
    """All together, the skills by themselves, and titles with fields of study."""
    fields = [degree.field for degree in profile.degrees if degree.field]
    parts = [
        profile_summary(profile),
        ", ".join(dict.fromkeys(skill.name for skill in profile.skills[:MAX_SKILLS])),
        ". ".join((*person_titles(profile), *fields)),
    ]
    return list(dict.fromkeys(filter(None, parts)))[:MOST_CHUNKS]
