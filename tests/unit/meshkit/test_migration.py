import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from meshkit.migration.run import alembic_config


@pytest.mark.parametrize("folder", ["with blanks", "100%", "a:b,c;d"])
def test_migrations_are_found_wherever_the_project_lies(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / folder / "wandering_service"
    (package / "migrations").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "migrations" / "0001_first.py").write_text("revision = '0001'\ndown_revision = None\n")
    # A colon would also divide the import path, were it given as text.
    monkeypatch.setattr(sys, "path", [str(package.parent), *sys.path])
    monkeypatch.delitem(sys.modules, "wandering_service", raising=False)
    scripts = ScriptDirectory.from_config(alembic_config("wandering_service", "postgresql+asyncpg://nowhere"))
    assert scripts.get_heads() == ["0001"]
    del sys.modules["wandering_service"]
