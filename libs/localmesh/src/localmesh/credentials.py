"""Secrets of a mesh: random, made once, readable by their owner only."""

import json
import secrets

from localmesh.data_folder import DataFolder, write_private


class Credentials:
    """Secrets by name. A name asked for the first time gets a new one, kept in the data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._path = folder.credentials
        self._known: dict[str, str] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(32)
            write_private(self._path, json.dumps(self._known, indent=2))
        return self._known[name]
