"""Writes `parser_service/domain/languages.txt`: names of the languages of `tongues` in other languages, from CLDR (`Babel` wheel).

pip install --target FOLDER --no-deps Babel==2.18.0 && .venv/bin/python services/parser/compile_languages.py FOLDER
"""

import importlib
import sys
from pathlib import Path

from parser_service.domain.folding import fold
from parser_service.domain.tongues import NAMES_OF

OUTPUT = Path(__file__).parent / "src/parser_service/domain/languages.txt"
LOCALES = [
    "en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "sv", "da", "nb", "fi", "hu", "ro", "hr", "sl", "bg", "el", "tr",
    "ru", "uk", "ca", "eu", "gl", "et", "lv", "lt", "id", "vi",
]  # fmt: skip
HEADER = "# Names of spoken languages in other languages, folded: Unicode CLDR, Unicode License v3. Written by compile_languages.py."


def main(folder: str) -> None:
    """Writes the table; `folder` holds Babel."""
    sys.path.insert(0, folder)
    locale_of = importlib.import_module("babel").Locale
    rows = []
    for code, known in sorted(NAMES_OF.items()):
        names = {fold(locale_of(locale).languages.get(code, "")) for locale in LOCALES}
        # Names with a remark in brackets, and of two letters, are not what people write.
        names = {name for name in names if len(name) > 2 and "(" not in name} - set(known)
        if names:
            rows.append(f"{code}:{'|'.join(sorted(names))}")
    OUTPUT.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
