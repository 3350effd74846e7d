"""Alembic, with one environment for all services; a service brings `PACKAGE/migrations/*.py` and its settings."""

from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable

from alembic import command
from alembic.config import Config


def alembic_config(package: str, url: str) -> Config:
    """Configuration for a service package and a database URL (`postgresql+asyncpg://...`)."""
    config = Config()
    config.set_main_option("path_separator", "newline")  # folders may have spaces
    config.set_main_option("script_location", _literal(files("meshkit.migration")))
    config.set_main_option("version_locations", _literal(files(package) / "migrations"))
    # By default a blank or a colon in the path of the checkout would end it.
    config.set_main_option("path_separator", "newline")
    config.attributes.update(url=url, package=package)
    return config


def _literal(path: Traversable) -> str:
    """The path as a value of the configuration, where a per cent sign begins a reference."""
    return str(path).replace("%", "%%")


def migrate(package: str) -> None:
    """Brings the schema of `package` to its newest version."""
    settings = import_module(f"{package}.settings").DatabaseSettings()
    command.upgrade(alembic_config(package, settings.database_url.get_secret_value()), "head")
