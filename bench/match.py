"""How well titles and skills are recognised, against human judgements, beside the usual baselines.

    bench/match.py DATA

DATA is any folder in matchbench's layout: `titles/LANGUAGE/{queries,corpus,qrels}.tsv`, `skills/NAME_validation.csv`, and `score.py` in it,
one folder above, or in ../shared/matchbench. Its labels only measure. Nothing of it is kept.
"""

import csv
import importlib.util
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from embedders import MINILM, MULTILINGUAL, Embed, Matrix, minilm, multilingual, remembering

from taxonomy import linking
from taxonomy.titles import TitleIndex, TitleSpace

ROOT = Path(__file__).resolve().parents[1]
FALLBACK = ROOT.parent / "shared/matchbench"
SKILL_LIST = 5

Titles = Sequence[str]
# Queries and corpus in, a score for each pair out.
Ranker = Callable[[Titles, Titles], Matrix]


def main(data: Path) -> None:
    scorer = load_scorer(data)
    english, many = remembering(minilm()), remembering(multilingual())
    for folder in sorted(path for path in (data / "titles").glob("*") if (path / "queries.tsv").is_file()):
        print(f"titles {folder.name}: MAP", flush=True)
        # MiniLM knows English only.
        ours = TitleSpace({MINILM: english, MULTILINGUAL: many} if folder.name == "en" else {MULTILINGUAL: many})
        rankers: dict[str, Ranker] = {
            "TF-IDF, characters 3-5": tf_idf,
            "BM25": bm25,
            "MiniLM": cosine(english),
            "multilingual USE": cosine(many),
            "ours, MiniLM alone": indexed(TitleSpace({MINILM: english})),
            "ours, multilingual alone": indexed(TitleSpace({MULTILINGUAL: many})),
            "ours": indexed(ours),
        }
        for name, ranker in rankers.items():
            result = scorer.titles(data, folder.name, title_rankings(scorer, folder, ranker))
            print(f"  {name:26} {result['MAP']:.4f}", flush=True)
    for path in sorted((data / "skills").glob("*_validation.csv")):
        name = path.name.removesuffix("_validation.csv")
        with path.open(encoding="utf-8", newline="") as file:
            sentences = list(dict.fromkeys(row["sentence"] for row in csv.DictReader(file)))
        print(f"skills {name}: RP@5 of the best five; precision and recall of the list", flush=True)
        labels = [skill.name for skill in linking.concepts().skills]
        for system, ranker in {"TF-IDF, characters 3-5": tf_idf, "BM25": bm25, "MiniLM": cosine(english)}.items():
            best = np.argsort(-ranker(sentences, labels), axis=1, kind="stable")[:, :SKILL_LIST]
            report(scorer, data, name, system, sentences, [[labels[i] for i in row] for row in best])
        ranked = [linking.rank_skills(sentence, english, SKILL_LIST) for sentence in sentences]
        report(scorer, data, name, "ours, ranked", sentences, names_of(ranked))
        linked = [linking.link_sentence(sentence, english) for sentence in sentences]
        report(scorer, data, name, "ours, linked", sentences, names_of(linked))


def load_scorer(data: Path) -> Any:
    path = next(path for path in (data / "score.py", data.parent / "score.py", FALLBACK / "score.py") if path.is_file())
    spec = importlib.util.spec_from_file_location("match_score", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def title_rankings(scorer: Any, folder: Path, ranker: Ranker) -> list[dict[str, Any]]:
    queries, corpus = (scorer.read_tsv(folder / f"{name}.tsv")[1:] for name in ("queries", "corpus"))
    scores = ranker([title for _, title in queries], [title for _, title in corpus])
    order = np.argsort(-scores, axis=1, kind="stable")
    return [
        {"query_id": query, "ranking": [corpus[i][0] for i in row]}
        for (query, _), row in zip(queries, order, strict=True)
    ]


def report(
    scorer: Any, data: Path, name: str, system: str, sentences: Sequence[str], skills: Sequence[Sequence[str]]
) -> None:
    predicted = [{"sentence": s, "skills": found} for s, found in zip(sentences, skills, strict=True)]
    result = scorer.skills(data, name, predicted)
    print(
        f"  {system:26} {result['RP@5']:.4f}   precision {result['precision']:.3f} recall {result['recall']:.3f}",
        flush=True,
    )


def names_of(links: Sequence[Sequence[linking.LinkedSkill]]) -> list[list[str]]:
    return [[link.skill.name for link in some] for some in links]


# ---------------------------------------------------------------- rankers


def indexed(space: TitleSpace) -> Ranker:
    def scores(queries: Titles, corpus: Titles) -> Matrix:
        index = TitleIndex(space, corpus)
        result = np.zeros((len(queries), len(corpus)), dtype=np.float32)
        for row, query in enumerate(queries):
            for found in index.rank(query):
                result[row, found.index] = found.similarity
        return result

    return scores


def cosine(embed: Embed) -> Ranker:
    return lambda queries, corpus: embed(queries) @ embed(corpus).T


def tf_idf(queries: Titles, corpus: Titles) -> Matrix:
    return weighed(queries, corpus, characters, lambda count, _: count, unit_length=True)


def bm25(queries: Titles, corpus: Titles, k: float = 1.2, b: float = 0.75) -> Matrix:
    return weighed(
        queries,
        corpus,
        lambda text: text.lower().split(),
        lambda count, length: count * (k + 1) / (count + k * (1 - b + b * length)),
        unit_length=False,
    )


def characters(text: str) -> list[str]:
    padded = f" {text.lower()} "
    return [padded[i : i + n] for n in (3, 4, 5) for i in range(len(padded) - n + 1)]


def weighed(
    queries: Titles,
    corpus: Titles,
    cut: Callable[[str], list[str]],
    weight: Callable[[float, float], float],
    *,
    unit_length: bool,
) -> Matrix:
    """Products of term weights; `weight` takes a term's count and its text's length over the mean."""
    documents = [Counter(cut(text)) for text in corpus]
    mean = sum(sum(terms.values()) for terms in documents) / len(documents)
    holders: dict[str, list[tuple[int, float]]] = {}
    for row, terms in enumerate(documents):
        for term, count in terms.items():
            holders.setdefault(term, []).append((row, weight(count, sum(terms.values()) / mean)))
    rarity = {term: math.log((1 + len(corpus)) / (1 + len(held))) + unit_length for term, held in holders.items()}
    norms = np.ones(len(corpus), dtype=np.float32)
    if unit_length:
        squares = np.zeros(len(corpus))
        for term, held in holders.items():
            for row, value in held:
                squares[row] += (value * rarity[term]) ** 2
        norms = np.sqrt(np.maximum(squares, 1e-12))
    scores = np.zeros((len(queries), len(corpus)), dtype=np.float32)
    for number, query in enumerate(queries):
        for term, count in Counter(cut(query)).items():
            for row, value in holders.get(term, ()):
                # In a cosine a term's rarity counts on both sides.
                scores[number, row] += count * value * rarity[term] ** (2 if unit_length else 1)
    return scores / norms


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
