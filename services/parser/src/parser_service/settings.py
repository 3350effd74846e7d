"""Settings of parser; environment prefix `HIREMESH_PARSER_`."""

import os
from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from meshkit import settings as chassis


class Settings(chassis.ServiceSettings):
    """What the service needs."""

    model_config = SettingsConfigDict(env_prefix="HIREMESH_PARSER_")

    # Jobs of the background come from there. Empty: documents are parsed on demand only.
    nats_url: str = ""
    gateway_target: str = ""
    # Between signs of life of a job in hand.
    report_interval: timedelta = timedelta(seconds=3)
    # The broker hears of a job in hand three times as often; after this long without a word another worker gets it.
    job_redelivered_after: timedelta = timedelta(seconds=9)

    # Asks a model of inference about entries that the rules are unsure of. No model that we measured gained by it.
    refine: bool = False
    # Model id or route. Empty: inference's default.
    refine_model: str = ""
    # For all entries of a document together; they are asked about at the same time.
    refine_timeout: timedelta = timedelta(seconds=8)
    inference_target: str = ""

    # Worker processes; each reads one document at a time.
    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    # Documents that may wait for a worker; more are refused with OVERLOADED.
    queue: int = Field(default=64, ge=0)
    # A worker that takes longer for one document is killed.
    document_timeout: timedelta = timedelta(seconds=20)
    # Address space of a worker.
    worker_memory_bytes: int = 2 * 1024**3
    # A worker is replaced after this many documents, so that nothing that a document left behind stays for long.
    documents_per_worker: int = 500

    @model_validator(mode="after")
    def _refinement_has_a_target(self) -> Self:
        if self.refine and not self.inference_target:
            raise ValueError("refine needs inference_target")
        return self
