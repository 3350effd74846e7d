import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from buf.validate import validate_pb2
from hiremesh.inference.v1 import inference_service_pb2 as pb
from inference_service.settings import REQUEST_TEXTS, OpenAiSettings, Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    required = {"PORT": "1", "METRICS_PORT": "2", "MESH_TOKEN": "t"}
    for name, value in (required | {"EMBEDDER_PATH": "/models/e", "BATCH_WINDOW": "PT0.005S"}).items():
        monkeypatch.setenv(f"HIREMESH_INFERENCE_{name}", value)


def test_settings_come_from_the_environment() -> None:
    settings = Settings()
    assert (settings.embedder_path, settings.batch_window) == (Path("/models/e"), timedelta(milliseconds=5))


def test_the_largest_request_of_the_contract_always_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = pb.EmbedRequest.DESCRIPTOR.fields_by_name["texts"].GetOptions().Extensions[validate_pb2.field]
    assert rules.repeated.max_items == REQUEST_TEXTS
    monkeypatch.setenv("HIREMESH_INFERENCE_PENDING_TEXTS", str(REQUEST_TEXTS - 1))
    with pytest.raises(ValidationError, match="pending_texts"):
        Settings()


ENGINE = {"engine": "openai", "id": "remote", "base_url": "http://127.0.0.1:1/v1"}


def engine_settings(engines: list[dict[str, object]], routes: dict[str, list[str]] | None = None) -> Settings:
    values = {"engines": engines, "routes": routes or {}}
    return Settings(**values)  # type: ignore[arg-type]


def test_engines_and_routes_come_as_json_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIREMESH_INFERENCE_ENGINES", json.dumps([ENGINE]))
    monkeypatch.setenv("HIREMESH_INFERENCE_ROUTES", '{"default": ["remote"]}')
    settings = Settings()
    assert isinstance(settings.engines[0], OpenAiSettings)
    assert settings.routes == {"default": ("remote",)}


@pytest.mark.parametrize(
    ("engines", "routes", "fault"),
    [
        ([ENGINE, ENGINE], {}, "ids must differ"),
        ([ENGINE], {"default": ["other"]}, "no engine is called other"),
        ([ENGINE], {"default": []}, "leads nowhere"),
        ([ENGINE | {"engine": "magic"}], {}, "engine"),
        ([ENGINE | {"api_kye_file": "x"}], {}, "api_kye_file"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(
    engines: list[dict[str, object]], routes: dict[str, list[str]], fault: str
) -> None:
    with pytest.raises(ValidationError, match=fault):
        engine_settings(engines, routes)
