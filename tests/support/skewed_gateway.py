"""Gateway on a machine whose clock is wrong: `python -m tests.support.skewed_gateway SECONDS`.

Only the modules that ask what the time is get the wrong one: gRPC adds to Python's clock and compares with the machine's.
"""

import asyncio
import sys
import time
from types import SimpleNamespace

from joserfc import jwt

import meshkit.clock
from gateway_service.app import serve


def main(seconds: float) -> None:
    """Runs it. Clocks that only go on are right everywhere."""
    wrong = SimpleNamespace(time=lambda: time.time() + seconds, monotonic=time.monotonic)
    for module in (meshkit.clock, sys.modules[jwt.JWTClaimsRegistry.__module__]):
        assert hasattr(module, "time")
        module.time = wrong  # type: ignore[attr-defined]  # it is
    asyncio.run(serve())


if __name__ == "__main__":
    main(float(sys.argv[1]))
