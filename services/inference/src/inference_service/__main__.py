"""`python -m inference_service`."""

import asyncio
from functools import partial

from inference_service.app import build
from inference_service.settings import Settings
from meshkit.server import run_service

if __name__ == "__main__":
    settings = Settings()
    asyncio.run(run_service("inference", settings, partial(build, settings)))
