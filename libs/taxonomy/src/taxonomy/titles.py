"""How near job titles are to each other, and which of many are nearest to one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from taxonomy.vectors import Embed, Matrix, stored, unit

# Models that a projection was fitted for, by the id that inference gives them.
MINILM = "all-minilm-l6-v2-int8"
MULTILINGUAL = "use-multilingual-3-int8"

# A title borrows from its nearest in the list, the nearer the more: rare wordings move to where their neighbours are.
NEIGHBOURS = 10
CLOSENESS_POWER = 3
_ROWS_AT_A_TIME = 512

# `(m/w/d)`, `[f/m/x]`, `(all genders)`.
_GENDER_NOTE = re.compile(r"[(\[]\s*(?:[mfwdxhnv]\s*(?:[/|,]\s*[mfwdxhnv*]\s*)+|all genders?|a)\s*[)\]]", re.IGNORECASE)
# `ingeniero/a`, `director(a)`, `Lehrer:in`, `Lehrer*in`, `LehrerIn`, `técnico/-a`.
_GENDER_ENDING = re.compile(
    r"(?<=\w\w)(?:[/:*_·]-?(?:innen|in|as|os|a|o|e|ne|trice|euse|ora)|\((?:in|a|e|ne|ora)\)|(?<=[a-zäöü])In)\b"
)
_ABBREVIATIONS = {
    "sr": "senior",
    "snr": "senior",
    "jr": "junior",
    "jnr": "junior",
    "mgr": "manager",
    "asst": "assistant",
    "assoc": "associate",
    "eng": "engineer",
    "engr": "engineer",
    "dev": "developer",
    "admin": "administrator",
    "coord": "coordinator",
    "dir": "director",
    "exec": "executive",
    "rep": "representative",
    "tech": "technician",
    "vp": "vice president",
    "svp": "senior vice president",
}
_ABBREVIATED = re.compile(rf"\b(?:{'|'.join(_ABBREVIATIONS)})\b\.?", re.IGNORECASE)


def normal_title(title: str) -> str:
    """The title in lower case, without notes and endings for gender, common abbreviations written out."""
    plain = _GENDER_ENDING.sub("", _GENDER_NOTE.sub(" ", title))
    spelled = _ABBREVIATED.sub(lambda found: _ABBREVIATIONS[found[0].rstrip(".").lower()], plain)
    return " ".join(spelled.lower().split()) or title.strip().lower()


@dataclass(frozen=True)
class TitleSpace:
    """Titles as vectors: embeddings of one model or several, by model id, each turned so that titles of one occupation are near.

    Raises FileNotFoundError for a model that no projection was fitted for. MiniLM reads English only: leave it out elsewhere.
    """

    models: Mapping[str, Embed]

    @cached_property
    def _projections(self) -> Mapping[str, Matrix]:
        return {model: stored(f"titles.{model}.npy") for model in self.models}

    def vectors(self, titles: Sequence[str]) -> Matrix:
        """A row of length 1 a title; the product of two rows is their similarity, -1 to 1."""
        normal = [normal_title(title) for title in titles]
        parts = [unit(unit(embed(normal)) @ self._projections[model]) for model, embed in self.models.items()]
        return unit(np.hstack(parts))

    def similarity(self, one: str, other: str) -> float:
        """-1 to 1."""
        first, second = self.vectors([one, other])
        return float(first @ second)


@dataclass(frozen=True, slots=True)
class RankedTitle:
    """A title of a list, by its place there, and how near it is."""

    index: int
    similarity: float


class TitleIndex:
    """A list of titles, made ready to be ranked."""

    def __init__(self, space: TitleSpace, titles: Sequence[str]) -> None:
        self._space = space
        self._plain = space.vectors(titles)
        self._smooth = np.vstack(
            [
                drawn_to(self._plain[first : first + _ROWS_AT_A_TIME], self._plain)
                for first in range(0, len(titles), _ROWS_AT_A_TIME)
            ]
        )

    def rank(self, title: str, limit: int | None = None) -> list[RankedTitle]:
        """The titles of the list, nearest first."""
        query = drawn_to(self._space.vectors([title]), self._plain)[0]
        similarities = self._smooth @ query
        order = np.argsort(-similarities, kind="stable")[:limit]
        return [RankedTitle(int(index), float(similarities[index])) for index in order]


def rank(title: str, titles: Sequence[str], space: TitleSpace, limit: int | None = None) -> list[RankedTitle]:
    """The titles, nearest first. For several questions to one list, keep a TitleIndex."""
    return TitleIndex(space, titles).rank(title, limit) if titles else []


def turned(model: str, rows: Matrix, dimensions: int) -> Matrix:
    """Embeddings of normal titles by one model, turned: rows of length 1, the directions first that titles differ along most.

    All directions give the products of `TitleSpace`. Raises FileNotFoundError for a model that no projection was fitted for.
    """
    return unit(unit(rows) @ _widest_first(model)[:, :dimensions])


@cache
def _widest_first(model: str) -> Matrix:
    projection = stored(f"titles.{model}.npy")
    _, _, directions = np.linalg.svd(projection)
    # Either sign would do; vectors that are stored need the same one everywhere.
    largest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    widest: Matrix = projection @ (directions * np.sign(largest)[:, None]).T
    return widest


def drawn_to(rows: Matrix, neighbours: Matrix) -> Matrix:
    """The rows, of length 1, each moved to its nearest among the neighbours: a wide list, or the nearest of one already."""
    similarities = rows @ neighbours.T
    count = min(NEIGHBOURS, len(neighbours))
    nearest = np.argpartition(-similarities, count - 1, axis=1)[:, :count]
    weights = np.take_along_axis(similarities, nearest, axis=1).clip(0) ** CLOSENESS_POWER
    return unit(rows + np.einsum("ij,ijk->ik", weights, neighbours[nearest]))
