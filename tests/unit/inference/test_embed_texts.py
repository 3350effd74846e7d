import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from inference_service.domain.errors import ModelNotConfigured
from inference_service.usecases.embedding import BatchLimits, EmbedByModel, EmbedTexts
from meshkit.errors import Overloaded
from meshkit.lifecycle import background
from tests.unit.inference.fakes import HashedWords, HeldEmbedder, RecordingMeter, unlimited_spending

WINDOW = timedelta(milliseconds=20)


@asynccontextmanager
async def running(
    embedder: HashedWords,
    meter: RecordingMeter | None = None,
    *,
    texts: int = 8,
    parallel: int = 1,
    pending: int = 100,
    window: timedelta = WINDOW,
) -> AsyncIterator[EmbedTexts]:
    limits = BatchLimits(
        texts=texts, parallel=parallel, window=window, pending=pending, retry_after=timedelta(seconds=3)
    )
    embed_texts = EmbedTexts(embedder, meter or RecordingMeter(), limits, unlimited_spending())
    async with background("embed_batches", embed_texts.run()):
        yield embed_texts


async def test_answers_come_in_the_order_of_the_texts_though_batches_are_cut_by_length() -> None:
    texts = [("word " * count + str(count)).strip() for count in (9, 1, 30, 3, 17, 2, 25, 8, 4, 11)]
    async with running(HashedWords(), texts=3) as embed_texts:
        embeddings, _ = await embed_texts.embed(texts)
    assert embeddings == await HashedWords().embed(texts)


async def test_texts_of_callers_that_come_within_the_window_share_a_batch_which_leaves_when_full() -> None:
    embedder = HeldEmbedder()
    embedder.let_go()
    async with running(embedder, texts=3, window=timedelta(days=1)) as embed_texts, asyncio.TaskGroup() as callers:
        for number in range(3):
            callers.create_task(embed_texts.embed([f"caller {number}"]))
            for _ in range(5):
                await asyncio.sleep(0)
    assert [len(batch) for batch in embedder.batches] == [3]


async def test_texts_that_come_while_the_engine_works_leave_in_one_batch() -> None:
    embedder = HeldEmbedder()
    async with running(embedder, texts=64) as embed_texts, asyncio.TaskGroup() as callers:
        callers.create_task(embed_texts.embed(["first"]))
        await embedder.entered(1)
        for number in range(40):
            callers.create_task(embed_texts.embed([f"caller {number}"]))
        embedder.let_go()
    assert [len(batch) for batch in embedder.batches] == [1, 40]


async def test_a_large_call_is_cut_into_full_batches_of_texts_of_similar_length() -> None:
    embedder = HeldEmbedder()
    embedder.let_go()
    texts = ["x" * (1 + index * 7 % 20) for index in range(20)]
    async with running(embedder, texts=8) as embed_texts:
        await embed_texts.embed(texts)
    assert [len(batch) for batch in embedder.batches] == [8, 8, 4]
    assert [text for batch in embedder.batches for text in batch] == sorted(texts, key=len)


async def test_behind_a_busy_engine_one_full_batch_stands_ready_and_the_rest_gathers() -> None:
    embedder = HeldEmbedder()
    async with running(embedder, texts=2, parallel=1) as embed_texts:
        call = asyncio.create_task(embed_texts.embed(["a", "b", "c", "d", "e", "f", "g"]))
        await embedder.entered(2)
        for _ in range(10):
            await asyncio.sleep(0)
        assert [len(batch) for batch in embedder.batches] == [2, 2]
        embedder.let_go()
        assert len((await call)[0]) == 7


async def test_a_batch_that_is_not_full_waits_for_company_until_the_engine_is_free() -> None:
    embedder = HeldEmbedder()
    async with running(embedder, texts=4, parallel=1) as embed_texts:
        first = asyncio.create_task(embed_texts.embed(["a", "b", "c", "d"]))
        await embedder.entered(1)
        second = asyncio.create_task(embed_texts.embed(["e", "f"]))
        for _ in range(10):
            await asyncio.sleep(0)
        assert [len(batch) for batch in embedder.batches] == [4]
        embedder.let_go()
        await asyncio.gather(first, second)


async def test_a_tenant_that_floods_does_not_keep_another_waiting() -> None:
    embedder = HeldEmbedder()
    async with running(embedder, texts=4) as embed_texts, asyncio.TaskGroup() as callers:
        callers.create_task(embed_texts.embed(["first"], tenant="large"))
        await embedder.entered(1)
        for number in range(40):
            callers.create_task(embed_texts.embed([f"flood {number:02}"], tenant="large"))
        callers.create_task(embed_texts.embed(["only one"], tenant="small"))
        for _ in range(10):
            await asyncio.sleep(0)
        embedder.let_go()
    assert [number for number, batch in enumerate(embedder.batches) if "only one" in batch] == [1]


async def test_a_call_that_does_not_fit_is_refused_before_any_work_with_a_hint_when_to_retry() -> None:
    embedder = HeldEmbedder()
    async with running(embedder, pending=4) as embed_texts:
        admitted = asyncio.create_task(embed_texts.embed(["one", "two", "three"]))
        await embedder.entered(1)
        with pytest.raises(Overloaded) as refused:
            await embed_texts.embed(["four", "five"])
        embedder.let_go()
        await admitted
    assert refused.value.retry_after == timedelta(seconds=3)
    assert [len(batch) for batch in embedder.batches] == [3]


@pytest.mark.parametrize("end", [asyncio.Task.cancel, lambda _: None], ids=["cancelled", "answered"])
async def test_room_is_free_again_after_a_call(end: Callable[[asyncio.Task[object]], object]) -> None:
    embedder, meter = HeldEmbedder(), RecordingMeter()
    async with running(embedder, meter, pending=4) as embed_texts:
        first = asyncio.create_task(embed_texts.embed(["one", "two", "three", "four"]))
        await embedder.entered(1)
        end(first)
        embedder.let_go()
        await asyncio.wait([first])
        assert meter.pending == 0
        assert len((await embed_texts.embed(["five", "six", "seven", "eight"]))[0]) == 4


async def test_texts_of_a_caller_that_left_are_not_embedded() -> None:
    embedder = HeldEmbedder()
    async with running(embedder) as embed_texts:
        first = asyncio.create_task(embed_texts.embed(["first"]))
        await embedder.entered(1)
        leaving = asyncio.create_task(embed_texts.embed(["left behind"]))
        staying = asyncio.create_task(embed_texts.embed(["stays"]))
        await asyncio.sleep(0)
        leaving.cancel()
        embedder.let_go()
        await asyncio.gather(first, staying)
    assert embedder.batches == [["first"], ["stays"]]


async def test_a_caller_that_leaves_does_not_harm_those_in_its_batch() -> None:
    embedder = HeldEmbedder()
    async with running(embedder) as embed_texts:
        leaving = asyncio.create_task(embed_texts.embed(["leaves"]))
        staying = asyncio.create_task(embed_texts.embed(["stays"]))
        await embedder.entered(1)
        leaving.cancel()
        embedder.let_go()
        assert (await staying)[0] == await HashedWords().embed(["stays"])


async def test_a_failed_batch_fails_its_callers_and_the_next_batch_is_served() -> None:
    embedder = HeldEmbedder()
    embedder.let_go()
    embedder.fault = RuntimeError("engine")
    async with running(embedder) as embed_texts:
        outcomes = await asyncio.gather(embed_texts.embed(["one"]), embed_texts.embed(["two"]), return_exceptions=True)
        assert list(outcomes) == [embedder.fault, embedder.fault]
        embedder.fault = None
        assert len((await embed_texts.embed(["three"]))[0]) == 1


async def test_a_call_that_failed_takes_its_other_texts_along() -> None:
    embedder = HeldEmbedder()
    embedder.let_go()
    embedder.fault = RuntimeError("engine")
    async with running(embedder, texts=1) as embed_texts:
        with pytest.raises(RuntimeError):
            await embed_texts.embed(["a", "bb", "ccc", "dddd"])
        embedder.fault = None
        await embed_texts.embed(["next"])
    assert len(embedder.batches) < 5


async def test_work_is_metered() -> None:
    meter = RecordingMeter()
    async with running(HashedWords(), meter) as embed_texts:
        await embed_texts.embed(["two words", "and three words"])
    assert (meter.batches, meter.dequeued, meter.pending) == ([(2, 5)], 2, 0)


def test_models_are_found_by_id_and_alias_and_the_first_is_the_default() -> None:
    first, second = HashedWords(), HashedWords()
    second.model = replace(HashedWords.model, id="other", aliases=("second",))
    limits = BatchLimits(texts=8, parallel=1, window=WINDOW, pending=100)
    all_ = [EmbedTexts(embedder, RecordingMeter(), limits, unlimited_spending()) for embedder in (first, second)]
    by_model = EmbedByModel(all_)
    names = ("", "hashed-words", "fake", "other", "second")
    assert [all_.index(by_model.named(name)) for name in names] == [0, 0, 0, 1, 1]
    with pytest.raises(ModelNotConfigured, match="bge-m3"):
        by_model.named("bge-m3")
