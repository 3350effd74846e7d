from pathlib import Path

import pytest

from inference_service.adapters.model_folder import (
    GRAPH,
    MANIFEST,
    TOKENIZER,
    BrokenModelFolder,
    Manifest,
    read_model_folder,
    sha256,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    contents = {GRAPH: b"graph", TOKENIZER: b"tokenizer"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    manifest = Manifest(
        id="m",
        aliases=("a", "b"),
        dimensions=4,
        context_tokens=8,
        recipe="r",
        files={name: sha256(content) for name, content in contents.items()},
    )
    (tmp_path / MANIFEST).write_text(manifest.to_json())
    return tmp_path


def test_a_whole_folder_is_read(folder: Path) -> None:
    read = read_model_folder(folder)
    assert (read.manifest.aliases, read.graph, read.tokenizer) == (("a", "b"), folder / GRAPH, b"tokenizer")


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER, MANIFEST])
def test_a_missing_file_is_named_and_the_message_says_how_to_build_it(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BrokenModelFolder, match=rf"{folder}: {name} is missing; .*inference_service\.weights --help"):
        read_model_folder(folder)


@pytest.mark.parametrize("name", [GRAPH, TOKENIZER])
def test_a_changed_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"changed")
    with pytest.raises(BrokenModelFolder, match=f"{name} is damaged"):
        read_model_folder(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"id": "m", "aliases": []}'])
def test_a_manifest_that_is_not_ours_is_refused(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_text(text)
    with pytest.raises(BrokenModelFolder, match="not readable"):
        read_model_folder(folder)
