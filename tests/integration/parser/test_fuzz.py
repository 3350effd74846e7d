"""A small part of `bench/fuzz.py`, and the traps that only a worker's limits stop, through the real pool."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from bench import fuzz
from meshkit.errors import DomainError
from parser_service.adapters.workers import WorkerPool
from tests.unit.parser import hostile

SEED = 7


async def test_broken_files_are_read_or_refused_with_a_reason_and_no_fault_reaches_the_caller() -> None:
    tally = fuzz.Tally()
    await fuzz.run(range(60), SEED, fuzz.samples(), tally)
    assert tally.done == 60
    assert tally.faults == []
    assert tally.over_time == 0
    assert tally.outcomes["parsed"] > 0


def test_document_n_of_a_seed_is_always_the_same() -> None:
    files = {"a.txt": b"one two three" * 9, "b.pdf": bytes(range(256))}
    assert [fuzz.mutated(SEED, n, files) for n in range(20)] == [fuzz.mutated(SEED, n, files) for n in range(20)]
    assert len({data for _, data in (fuzz.mutated(SEED, n, files) for n in range(20))}) > 10


@pytest.fixture
async def strict_pool() -> AsyncIterator[WorkerPool]:
    pool = WorkerPool(
        workers=1,
        queue=1,
        timeout=timedelta(seconds=3),
        memory_bytes=1024**3,
        documents_per_worker=100,
        today=lambda: fuzz.TODAY,
    )
    await pool.warm_up()
    yield pool
    pool.close()


def _million_paragraphs() -> bytes:
    return hostile.word_body("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 300_000)


def _bomb() -> bytes:
    return hostile.packed_bomb(60_000_000)


@pytest.mark.parametrize("build", [_million_paragraphs, _bomb, hostile.nested_arrays, hostile.form_that_draws_itself])
async def test_a_file_that_wants_too_much_is_refused_and_the_next_one_is_read(
    strict_pool: WorkerPool, build: Callable[[], bytes]
) -> None:
    with pytest.raises(DomainError):
        await strict_pool.read(build())
    assert (await strict_pool.read(fuzz.samples()["text.pdf"])).personal.name == "Orla Fenwick-Diaz"
