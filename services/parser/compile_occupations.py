"""Writes `parser_service/domain/occupations.txt`: words that name occupations, from the job lists of the `Faker` wheel.

Of each title only the noun that names the person is kept: the last word in Germanic languages and English, the first
one elsewhere. Words that also name employers or places are left out.

    pip install --target FOLDER --no-deps Faker==40.54.0 && .venv/bin/python services/parser/compile_occupations.py FOLDER
"""

import importlib
import re
import sys
from pathlib import Path

from parser_service.domain.folding import fold, table
from parser_service.domain.occupations import MODIFIERS, ORGANISATION
from parser_service.domain.places import country_code, town_country
from parser_service.domain.schools import school_score

OUTPUT = Path(__file__).parent / "src/parser_service/domain/occupations.txt"
HEAD_IS_LAST = {"en_US", "de_DE", "de_AT", "da_DK"}
LOCALES = sorted(
    HEAD_IS_LAST
    | table(
        """
        bs_BA cs_CZ el_GR es fr_CH fr_DZ fr_FR hr_HR pl_PL pt_BR pt_PT ro_RO ru_RU sk_SK uk_UA fi_FI hu_HU tr_TR
        mk_MK
        """
    )
)
# Turkish, Finnish and Hungarian put the noun last, too.
HEAD_IS_LAST |= {"fi_FI", "hu_HU", "tr_TR"}
# Person nouns of Germany's list come without the gender mark; Austria's entries without one name fields, not people.
MARKED = {"de_AT"}
AMBIGUOUS = table(
    """
    praca garde poste aide cadre force forces person boy girl service services system systems design support general
    main centre center market studio house park group partner public social second premier grand guide mode model
    master bachelor student science sciences data art arts music media energy health law marketing sales security
    santa santo costa porto alto ponto banco casa mestre monitor pilot page lead head king bishop summary profile
    skills education experience contact languages profil formation competences curriculum sport police
    armee kunst recht bau holz metall glas textil leder papier druck stein farbe adjunct sub vice major junior senior
    """
)


def heads(title: str, locale: str) -> set[str]:
    """Folded forms of the noun that names the person."""
    if locale in MARKED and "*" not in title:
        return set()
    core = re.split(r",|\(|\s[-–]\s|/(?!in\b)", title)[0].strip()
    words = re.findall(r"[^\W\d_]+(?:[*/][^\W\d_]+)?", core)
    if not words:
        return set()
    word = words[-1 if locale in HEAD_IS_LAST else 0]
    stem, _, ending = word.replace("/", "*").partition("*")
    forms = {stem, *({stem + ending} if ending else ())}
    return {fold(form) for form in forms}


def main(folder: str) -> None:
    """Writes the list."""
    sys.path.insert(0, folder)
    found: set[str] = set()
    for locale in LOCALES:
        provider = importlib.import_module(f"faker.providers.job.{locale}").Provider
        for name in ("jobs", "jobs_male", "jobs_female", "male_jobs", "female_jobs"):
            for title in getattr(provider, name, ()):
                found |= heads(title, locale)
    kept = sorted(
        word
        for word in found - ORGANISATION - MODIFIERS - AMBIGUOUS
        if len(word) > 3 and not town_country(word.title()) and not country_code(word) and not school_score(word)
    )
    lines: list[str] = [""]
    for word in kept:
        if len(lines[-1]) + len(word) > 118:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    note = "# Words that name occupations, folded: from the job lists of Faker 40.54.0 (MIT licence), by compile_occupations.py.\n"
    OUTPUT.write_text(note + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(kept)} words in {OUTPUT.name}")


if __name__ == "__main__":
    main(sys.argv[1])
