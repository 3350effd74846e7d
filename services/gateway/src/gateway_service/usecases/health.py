"""Whether what gateway depends on is there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from gateway_service.domain.model import Health
from gateway_service.ports import Dependency


@dataclass(frozen=True, slots=True)
class CheckHealth:
    """Tells which dependencies answer."""

    dependencies: Mapping[str, Dependency]
    # Without these no resume can be parsed.
    essential: frozenset[str]
    timeout: timedelta

    async def __call__(self) -> Health:
        """Asks all of them at once."""
        answers = await asyncio.gather(*(self._answers(check) for check in self.dependencies.values()))
        up = dict(zip(self.dependencies, answers, strict=True))
        down = frozenset(name for name, answered in up.items() if not answered)
        return Health(up=up, able_to_parse=not down & self.essential)

    async def _answers(self, check: Dependency) -> bool:
        try:
            async with asyncio.timeout(self.timeout.total_seconds()):
                await check()
        except Exception:
            return False
        return True
