"""What a section under an unknown heading is about, told by what it says."""

import re
from collections.abc import Sequence

from parser_service.domain.dates import find_periods
from parser_service.domain.degrees import find_degree
from parser_service.domain.headings import Kind
from parser_service.domain.layout import Line
from parser_service.domain.occupations import title_score
from parser_service.domain.schools import school_score
from parser_service.domain.tongues import find_level, is_language

_ITEM = re.compile(r"\s*[,;|•·◦/:]\s*|\s{2,}")
_FEWEST_ITEMS = 3
_LONGEST_ITEM = 4  # words
_HEADER_WORDS = 12


def kind_of_contents(lines: Sequence[Line]) -> Kind | None:
    """EXPERIENCE, EDUCATION, SKILLS or LANGUAGES; None when the lines tell nothing."""
    headers = [line.text for line in lines if not line.bullet and len(line.text.split()) <= _HEADER_WORDS]
    periods = sum(any(p.is_range for p in find_periods(text)) for text in headers)
    dates = sum(bool(find_periods(text)) for text in headers)
    titles = sum(title_score(text) > 0.8 for text in headers)
    degrees = sum(bool(find_degree(text)) or school_score(text) > 1 for text in headers)
    if degrees and degrees > titles and (dates or degrees > 1):
        return Kind.EDUCATION
    if periods and titles and titles >= degrees:
        return Kind.EXPERIENCE
    if dates:
        return None
    items = [item for line in lines for item in _ITEM.split(line.text) if item]
    if items and sum(
        is_language(re.split(r"\s[(–-]|\(", item)[0]) or bool(find_level(item)) for item in items
    ) >= 0.6 * len(items):
        return Kind.LANGUAGES
    short = sum(len(item.split()) <= _LONGEST_ITEM and not item.endswith(".") for item in items)
    return Kind.SKILLS if len(items) >= _FEWEST_ITEMS and short >= 0.8 * len(items) else None
