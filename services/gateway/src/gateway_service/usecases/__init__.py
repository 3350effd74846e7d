"""What gateway does; one class for each verb."""

from gateway_service.usecases.batches import BatchSize, FollowBatches, SubmitBatch
from gateway_service.usecases.endings import EndJobs
from gateway_service.usecases.erasure import EraseOwner
from gateway_service.usecases.health import CheckHealth
from gateway_service.usecases.jobs import FollowJobs, Limits, Processed, RecentDurations, SubmitJob, Submitted
from gateway_service.usecases.letters import SettleDeadLetters
from gateway_service.usecases.parse import ParseResume, Results
from gateway_service.usecases.redaction import RedactResume
from gateway_service.usecases.resumes import KeepResumes
from gateway_service.usecases.statistics import CountModels, CountParses
from gateway_service.usecases.upkeep import Retention, Upkeep
from gateway_service.usecases.watch import WatchJob
from gateway_service.usecases.webhooks import CallWebhooks, KeepWebhooks
from gateway_service.usecases.work import DoWork

__all__ = [
    "BatchSize",
    "CallWebhooks",
    "CheckHealth",
    "CountModels",
    "CountParses",
    "DoWork",
    "EndJobs",
    "EraseOwner",
    "FollowBatches",
    "FollowJobs",
    "KeepResumes",
    "KeepWebhooks",
    "Limits",
    "ParseResume",
    "Processed",
    "RecentDurations",
    "RedactResume",
    "Results",
    "Retention",
    "SettleDeadLetters",
    "SubmitBatch",
    "SubmitJob",
    "Submitted",
    "Upkeep",
    "WatchJob",
]
