"""Texts to vectors: of jobs and people, in the space of titles and as they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching_service.domain.chunks import job_chunks, person_chunks, person_titles
from matching_service.domain.features import WIDTH, JobVectors, Matrix
from matching_service.domain.model import Embedding, Profile
from matching_service.domain.posting import Draft
from matching_service.domain.summary import profile_summary
from matching_service.ports import Embedder, TitleStore, Transactions
from taxonomy.titles import NEIGHBOURS, drawn_to, normal_title, turned
from taxonomy.vectors import unit


@dataclass(frozen=True, slots=True)
class EmbeddedJob:
    """What the engine compares, and one vector of everything, which searches compare."""

    vectors: JobVectors
    whole: Embedding


@dataclass(frozen=True, slots=True)
class EmbeddedPerson:
    """The same for a person; `whole` is of their summary."""

    titles: Matrix
    chunks: Matrix
    whole: Embedding
    title_model: str = ""


class Vectors:
    """Asks the embedder once for each job or person, and knows the titles of jobs seen before."""

    def __init__(self, transactions: Transactions, embedder: Embedder) -> None:
        self._transactions = transactions
        self._embedder = embedder

    async def of_job(self, draft: Draft, *, tenant: str) -> EmbeddedJob:
        """Raises ServiceUnavailable."""
        title = normal_title(draft.title)
        model, rows = _rows(await self._embedder.embed([title, *job_chunks(draft.description)], tenant=tenant))
        title_model, titles = _rows(await self._embedder.embed_titles([title], tenant=tenant))
        async with self._transactions() as tx:
            drawn = await self._title_of_job(tx.titles, title_model, title, titles)
        # The title counts as much as all the rest: queries are short, and more like titles.
        whole = unit(rows[0] + rows[1:].mean(axis=0)) if len(rows) > 1 else rows[0]
        return EmbeddedJob(JobVectors(drawn, rows[1:], title_model), Embedding(model, tuple(whole.tolist())))

    async def of_person(self, profile: Profile, *, tenant: str) -> EmbeddedPerson:
        """Raises ServiceUnavailable."""
        titles, chunks = [normal_title(title) for title in person_titles(profile)], person_chunks(profile)
        model, rows = _rows(await self._embedder.embed([profile_summary(profile), *chunks], tenant=tenant))
        title_model, drawn = await self._titles_of_person(titles, tenant)
        return EmbeddedPerson(drawn, rows[1:], Embedding(model, tuple(rows[0].tolist())), title_model)

    async def _titles_of_person(self, titles: Sequence[str], tenant: str) -> tuple[str, Matrix]:
        """Drawn to the titles of jobs that are nearest."""
        if not titles:
            return "", np.zeros((0, WIDTH), np.float32)
        model, rows = _rows(await self._embedder.embed_titles(titles, tenant=tenant))
        async with self._transactions() as tx:
            return model, np.vstack([await _drawn(tx.titles, model, row) for row in in_title_space(model, rows)])

    async def _title_of_job(self, store: TitleStore, model: str, title: str, rows: Matrix) -> Matrix:
        known = await store.find_drawn(model, [title])
        if title in known:
            return known[title]
        plain = in_title_space(model, rows)[0]
        drawn = await _drawn(store, model, plain)
        await store.add(model, title, plain, drawn)
        return drawn


def _rows(embeddings: Sequence[Embedding]) -> tuple[str, Matrix]:
    return embeddings[0].model, np.array([embedding.vector for embedding in embeddings], np.float32)


async def _drawn(store: TitleStore, model: str, plain: Matrix) -> Matrix:
    neighbours = await store.nearest(model, plain, limit=NEIGHBOURS)
    drawn: Matrix = drawn_to(plain[None], neighbours)[0] if len(neighbours) else plain
    return drawn


def in_title_space(model: str, rows: Matrix) -> Matrix:
    """Embeddings of normal titles, turned by the projection that was fitted to their model; as they are when there is none."""
    try:
        return turned(model, rows, WIDTH)
    except FileNotFoundError:
        return unit(rows)
