"""What every Embedder does, the fake of the tests included."""

import asyncio
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inference_service.adapters.model_folder import read_model_folder
from inference_service.adapters.onnx_embedder import OnnxEmbedder
from inference_service.domain.model import Embedding
from inference_service.ports import Embedder
from inference_service.weights.build import build_embedder
from meshkit.errors import ServiceUnavailable
from tests.unit.inference.fakes import HashedWords
from tests.unit.inference.model import MODEL_FOLDER, MULTILINGUAL_FOLDER, ensure_model


@pytest.fixture(scope="session")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


async def loaded(path: Path, pool: ThreadPoolExecutor) -> OnnxEmbedder:
    folder = read_model_folder(path)
    embedder = OnnxEmbedder(folder.manifest, pool)
    await embedder.load(folder)
    return embedder


@pytest.fixture(scope="session")
async def minilm(pool: ThreadPoolExecutor) -> OnnxEmbedder:
    return await loaded(ensure_model(), pool)


@pytest.fixture(scope="session")
async def multilingual(pool: ThreadPoolExecutor) -> OnnxEmbedder:
    return await loaded(MULTILINGUAL_FOLDER, pool)


@pytest.fixture(params=["minilm", "multilingual", "fake"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    return HashedWords() if request.param == "fake" else request.getfixturevalue(request.param)


def cosine(one: Embedding, other: Embedding) -> float:
    return math.fsum(a * b for a, b in zip(one.values, other.values, strict=True))


def texts_of_many_lengths() -> list[str]:
    words = [
        "python",
        "nurse",
        "audit",
        "cloud",
        "sales",
        "lead",
        "five",
        "years",
        "Zürich",
        "2019",
        "→",
        "C++",
        "数据",
    ]
    return [
        " ".join(words[(start + step) % len(words)] for step in range(start * start % 60 + 1)) for start in range(50)
    ]


async def test_vectors_have_the_models_dimensions_and_unit_length(embedder: Embedder) -> None:
    for embedding in await embedder.embed(texts_of_many_lengths()):
        assert len(embedding.values) == embedder.model.dimensions
        assert math.hypot(*embedding.values) == pytest.approx(1, abs=1e-4)


async def test_a_texts_vector_depends_neither_on_its_place_nor_on_its_neighbours(embedder: Embedder) -> None:
    texts = texts_of_many_lengths()
    together = await embedder.embed(texts)
    alone = [(await embedder.embed([text]))[0] for text in texts]
    for one, other in zip(together, alone, strict=True):
        assert one.values == pytest.approx(other.values, abs=1e-5)
        assert one.tokens == other.tokens


async def test_calls_at_the_same_time_do_not_mix(embedder: Embedder) -> None:
    texts = texts_of_many_lengths()
    calls = await asyncio.gather(*(embedder.embed(texts[start : start + 10]) for start in range(0, 50, 10)))
    expected = await embedder.embed(texts)
    for one, other in zip((embedding for call in calls for embedding in call), expected, strict=True):
        assert one.values == pytest.approx(other.values, abs=1e-5)


async def test_a_text_is_cut_at_the_window_and_counts_the_window(embedder: Embedder) -> None:
    full = "word " * (embedder.model.context_tokens + 50)
    longer = full + "nurse anaesthesia clinic"
    one, other = await embedder.embed([full, longer])
    assert one.values == pytest.approx(other.values, abs=1e-5)
    assert one.tokens == other.tokens == embedder.model.context_tokens


async def test_all_of_the_window_is_read(embedder: Embedder) -> None:
    filler = "word " * (embedder.model.context_tokens - 10)
    one, other = await embedder.embed([filler + "nurse", filler + "turbine"])
    assert cosine(one, other) < 1 - 1e-4


async def test_longer_texts_count_more_tokens(embedder: Embedder) -> None:
    one, other = await embedder.embed(["nurse", "nurse and midwife"])
    assert 0 < one.tokens < other.tokens


async def test_no_texts_have_no_embeddings(embedder: Embedder) -> None:
    assert list(await embedder.embed([])) == []


async def test_texts_without_words_are_embedded_too(embedder: Embedder) -> None:
    assert len(await embedder.embed([" ", "\u0000\u200b", "🙂"])) == 3


async def test_a_cancelled_call_leaves_the_embedder_usable(embedder: Embedder) -> None:
    call = asyncio.create_task(asyncio.wait_for(embedder.embed(["word " * 300] * 20), timeout=None))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    assert len(await embedder.embed(["nurse"])) == 1


RELATED: Sequence[tuple[str, str, str]] = [
    ("Registered nurse in intensive care", "Cared for critically ill patients", "Wrote firmware in C for motors"),
    ("Backend engineer, Go and Kubernetes", "Ran microservices on a container cluster", "Taught piano to children"),
    ("Prepared annual financial statements", "Chartered accountant", "Forklift driver in a warehouse"),
    ("Managed key accounts and closed deals", "Sales executive", "PhD in marine biology"),
    ("Machine learning with PyTorch", "Trained neural networks", "Head chef of a French restaurant"),
]


@pytest.mark.parametrize(("text", "related", "unrelated"), RELATED)
async def test_minilm_puts_what_belongs_together_closer_than_what_does_not(
    minilm: OnnxEmbedder, text: str, related: str, unrelated: str
) -> None:
    anchor, near, far = await minilm.embed([text, related, unrelated])
    assert cosine(anchor, near) > cosine(anchor, far) + 0.15


TRANSLATED: Sequence[tuple[str, str, str]] = [
    ("Krankenschwester", "registered nurse", "truck driver"),
    ("desarrollador de software", "software developer", "bricklayer"),
    ("comptable", "accountant", "hairdresser"),
    ("camionista", "truck driver", "registered nurse"),
    ("软件工程师", "software engineer", "pastry cook"),
    ("бухгалтер", "accountant", "truck driver"),
]


@pytest.mark.parametrize(("text", "translation", "other"), TRANSLATED)
async def test_the_multilingual_model_knows_translations(
    multilingual: OnnxEmbedder, text: str, translation: str, other: str
) -> None:
    anchor, near, far = await multilingual.embed([text, translation, other])
    assert cosine(anchor, near) > cosine(anchor, far) + 0.15


async def test_minilm_says_unavailable_until_it_is_loaded(pool: ThreadPoolExecutor, minilm: OnnxEmbedder) -> None:
    folder = read_model_folder(MODEL_FOLDER)
    embedder = OnnxEmbedder(folder.manifest, pool)
    with pytest.raises(ServiceUnavailable):
        await embedder.check_ready()
    with pytest.raises(ServiceUnavailable):
        await embedder.embed(["early"])
    await embedder.load(folder)
    await embedder.check_ready()


def test_a_current_build_is_left_alone_and_a_damaged_one_is_built_again(minilm: OnnxEmbedder, tmp_path: Path) -> None:
    reports: list[str] = []
    for name in ("manifest.json", "model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes((MODEL_FOLDER / name).read_bytes())
    build_embedder(tmp_path, reports.append)
    assert len(reports) == 1
    (tmp_path / "model.onnx").write_bytes(b"half a fi")
    build_embedder(tmp_path, reports.append)
    assert read_model_folder(tmp_path).manifest == read_model_folder(MODEL_FOLDER).manifest
