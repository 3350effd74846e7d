"""Characters as files hold them, as characters that a reader sees."""

import unicodedata

# Where symbol fonts (Symbol, Wingdings) have what serves as bullets.
_BULLETS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf076": "❖", "\uf0d8": "➢", "\uf0fc": "✓", "\uf02d": "-", "\uf0a8": "▪"}


def is_bullet(character: str) -> bool:
    """Whether a private-use character is a bullet of a symbol font."""
    return character in _BULLETS


def legible(text: str) -> str:
    """Ligatures resolved, invisible and private-use characters dropped, odd spaces made plain."""
    if text.isascii():
        return "".join(c for c in text if c >= " " or c == "\t").replace("\t", " ")
    return "".join(map(_legible, text))


def _legible(character: str) -> str:
    if character in _BULLETS:
        return _BULLETS[character]
    if "\ufb00" <= character <= "\ufb06":
        return unicodedata.normalize("NFKC", character)
    if character == "\xad":
        return "-"
    if character.isspace():
        return " "
    private = "\ue000" <= character <= "\uf8ff"
    if private or character in "\ufffc\ufffd" or unicodedata.category(character) in ("Cf", "Cc", "Co", "Cn", "Cs"):
        return ""
    return character
