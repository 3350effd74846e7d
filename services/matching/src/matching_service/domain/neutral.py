"""Words that tell a person's gender, in one form for all: who is read about cannot be told from them."""

import re
from collections.abc import Mapping
from dataclasses import replace

from matching_service.domain.model import Profile

# Pronouns and nouns, each with the word that stands for all of its forms. That word is one that job titles use, where there is one.
_FORMS: Mapping[str, str] = {
    "they": "he she",
    # `her` is both: what stands for it stands for all of them.
    "their": "him her his hers",
    "themselves": "himself herself",
    "": "mr mrs ms miss mx sir madam male female masculine feminine",
    "person": "man woman gentleman lady boy girl",
    "people": "men women gentlemen ladies boys girls",
    "people's": "men's women's boys' girls' man's woman's boy's girl's",
    "parent": "father mother dad mom mum",
    "parental": "maternity paternity maternal paternal fatherly motherly",
    "child": "son daughter",
    "spouse": "husband wife",
    "sibling": "brother sister",
    "chairperson": "chairman chairwoman",
    "salesperson": "salesman saleswoman",
    "salespeople": "salesmen saleswomen",
    "spokesperson": "spokesman spokeswoman",
    "businessperson": "businessman businesswoman",
    "craftsperson": "craftsman craftswoman",
    "tradesperson": "tradesman tradeswoman",
    "handyperson": "handyman handywoman",
    "foreperson": "foreman forewoman",
    "police officer": "policeman policewoman",
    "firefighter": "fireman firewoman",
    "flight attendant": "steward stewardess",
    "waiter": "waitress",
    "actor": "actress",
    "host": "hostess",
    "manager": "manageress",
    "tailor": "seamstress",
    "masseur": "masseuse",
    "barperson": "barman barmaid",
    "homemaker": "housewife househusband",
}
_WORDS = {written: form for form, all_written in _FORMS.items() for written in all_written.split()}
_WORD = re.compile(
    r"(?<![\w-])(?:" + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)) + r")(?!\w|-\w)\.?", re.I
)

# By the language of the document: endings of professions, and those that change more than their end.
_ENDINGS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "de": (
        (r"\bKrankenschwester\b", "Krankenpfleger"), (r"\bÄrztin\b", "Arzt"), (r"ärztin\b", "arzt"), (r"\bKöchin\b", "Koch"),
        (r"köchin\b", "koch"), (r"anwältin\b", "anwalt"), (r"\bAnwältin\b", "Anwalt"), (r"(?<=\w)frau\b", "mann"),
        (r"[:*_/]-?in(?:nen)?\b|\(in(?:nen)?\)", ""), (r"(?<=er|or|nd)Innen\b", ""),
        (r"(?<=\w\w)(er|eur|or|ist|ent|ant|and|ekt|og|graf|loge)(?:in|innen)\b", r"\1"),
    ),
    "fr": (
        (r"(?<=\w\w)ière(s?)\b", r"ier\1"), (r"(?<=\w\w)trice(s?)\b", r"teur\1"), (r"(?<=\w\w)euse(s?)\b", r"eur\1"),
        (r"(?<=\w\w)ienne(s?)\b", r"ien\1"), (r"(?<=\w\w)(ant|ent|at|al|el|é)e(s?)\b", r"\1\2"),
        (r"\(e\)|·e|\.e(?=\b)|/-?(?:euse|trice|ère|ière|e)\b", ""),
    ),
    "es": (
        (r"(?<=\w\w)ora(s?)\b", r"or\1"), (r"(?<=\w\w)(er|ad|id|iv|ic|og|an|ist)a(s?)\b", r"\1o\2"),
        (r"/-?a\b|\(a\)|[@]", ""),
    ),
}  # fmt: skip
_COMPILED = {
    language: [(re.compile(written), form) for written, form in endings] for language, endings in _ENDINGS.items()
}


def neutral_profile(profile: Profile, language: str) -> Profile:
    """Titles in one form for all genders: a model has views on others. `language` is that of the document."""
    positions = tuple(replace(one, title=neutral_title(one.title, language)) for one in profile.positions)
    return replace(profile, headline=neutral_title(profile.headline, language), positions=positions)


def neutral_words(text: str) -> str:
    """The text with pronouns, forms of address and gendered nouns in one form for all."""

    def form(match: re.Match[str]) -> str:
        written = match[0].rstrip(".").lower()
        one = _WORDS[written]
        return one.capitalize() if match[0][0].isupper() else one

    return " ".join(_WORD.sub(form, text).split()) if _WORD.search(text) else text


def neutral_title(text: str, language: str) -> str:
    """A professional title in one form for all; `language` is ISO 639-1, that of the document. Other texts lose words by this."""
    text = neutral_words(text)
    for written, form in _COMPILED.get(language, ()):
        text = written.sub(form, text)
    return " ".join(text.split())
