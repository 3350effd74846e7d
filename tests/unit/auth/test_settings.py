from datetime import timedelta

import pytest
from pydantic import ValidationError

from auth_service.settings import Settings

REQUIRED = {
    "PORT": "7001",
    "METRICS_PORT": "7002",
    "MESH_TOKEN": "mesh-token",
    "DATABASE_URL": "postgresql+asyncpg://auth:password@localhost/hiremesh",
    "KEY_ENCRYPTION_SECRET": "a secret of thirty-two characters",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in REQUIRED.items():
        monkeypatch.setenv(f"HIREMESH_AUTH_{name}", value)


def test_all_else_has_a_default() -> None:
    settings = Settings()
    assert settings.access_token_life == timedelta(minutes=15)
    assert settings.refresh_token_life == timedelta(days=30)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEY_ENCRYPTION_SECRET", "brief secret"),
        ("SIGNING_KEY_LEAD", "PT10S"),  # verifiers and replicas would not know the key in time
        ("SIGNING_KEY_LEAD", "P31D"),
        ("ACCESS_TOKEN_LIFE", "PT0S"),
        ("PASSWORD_WORKERS", "0"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"HIREMESH_AUTH_{name}", value)
    with pytest.raises(ValidationError) as refused:
        Settings()
    for secret in ("brief secret", REQUIRED["KEY_ENCRYPTION_SECRET"], "auth:password"):
        assert secret not in str(refused.value)


def test_secrets_are_not_in_the_repr() -> None:
    shown = repr(Settings())
    for secret in (REQUIRED["KEY_ENCRYPTION_SECRET"], REQUIRED["MESH_TOKEN"], "auth:password"):
        assert secret not in shown
