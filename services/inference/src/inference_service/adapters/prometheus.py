"""Metering as Prometheus metrics."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from inference_service.domain.generation import Priority
from inference_service.domain.usage import Usage

TEXTS = Counter("hiremesh_inference_texts_embedded_total", "Texts embedded.", ["model"])
TOKENS = Counter("hiremesh_inference_input_tokens_total", "Tokens read.", ["model"])
PENDING = Gauge("hiremesh_inference_pending_texts", "Texts admitted and not answered yet.", ["model"])
BATCH_TEXTS = Histogram(
    "hiremesh_inference_batch_texts", "Texts in a batch.", ["model"], buckets=(1, 2, 4, 8, 16, 24, 32, 64, 128, 256)
)
BATCH_SECONDS = Histogram(
    "hiremesh_inference_batch_duration_seconds",
    "Time of the engine for a batch.",
    ["model"],
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
QUEUE_SECONDS = Histogram(
    "hiremesh_inference_queue_duration_seconds",
    "Wait of a text for its batch.",
    ["model"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class PrometheusMeter:
    """Labels by model only: tenants would be labels without bound, and some of them are people."""

    def texts_pending(self, texts: int, *, model: str) -> None:
        """Sets the gauge that autoscaling reads."""
        PENDING.labels(model).set(texts)

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        """Counts a batch."""
        TEXTS.labels(model).inc(texts)
        TOKENS.labels(model).inc(tokens)
        BATCH_TEXTS.labels(model).observe(texts)
        BATCH_SECONDS.labels(model).observe(seconds)

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        """Records a wait."""
        QUEUE_SECONDS.labels(model).observe(seconds)


RUNNING = Gauge("hiremesh_inference_generations_running", "Calls in the engine.", ["model"])
WAITING = Gauge("hiremesh_inference_generations_waiting", "Calls that wait for the engine.", ["model", "priority"])
WAIT_SECONDS = Histogram(
    "hiremesh_inference_generation_queue_duration_seconds",
    "Wait of a call for its place in the engine.",
    ["model", "priority"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
FIRST_TOKEN_SECONDS = Histogram(
    "hiremesh_inference_time_to_first_token_seconds",
    "From the place in the engine to the first piece of text.",
    ["model"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TOKEN_SECONDS = Histogram(
    "hiremesh_inference_time_per_output_token_seconds",
    "Mean time between tokens of a call, after the first.",
    ["model"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
GENERATION_SECONDS = Histogram(
    "hiremesh_inference_generation_duration_seconds",
    "Time of a call in the engine.",
    ["model", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)
GENERATION_TOKENS = Counter(
    "hiremesh_inference_generation_tokens_total", "Tokens of engines that write.", ["model", "kind"]
)
GENERATION_COST = Counter("hiremesh_inference_cost_usd_total", "US dollars by the price table.", ["model"])
PASSED_BY = Counter(
    "hiremesh_inference_engines_passed_by_total", "Calls that a model could not take.", ["model", "reason"]
)


class PrometheusGenerationMeter:
    """Labels as bounded as the settings: models, priorities, outcomes."""

    def queue_changed(self, *, model: str, running: int, waiting: Mapping[Priority, int]) -> None:
        """Sets the gauges that autoscaling reads."""
        RUNNING.labels(model).set(running)
        for priority, calls in waiting.items():
            WAITING.labels(model, priority.name.lower()).set(calls)

    def admitted(self, *, model: str, priority: Priority, seconds: float) -> None:
        """Records a wait."""
        WAIT_SECONDS.labels(model, priority.name.lower()).observe(seconds)

    def first_token(self, *, model: str, seconds: float) -> None:
        """Records a first token."""
        FIRST_TOKEN_SECONDS.labels(model).observe(seconds)

    def ended(self, *, model: str, outcome: str, usage: Usage, seconds_per_token: float | None) -> None:
        """Counts a run."""
        GENERATION_SECONDS.labels(model, outcome).observe(usage.seconds)
        GENERATION_TOKENS.labels(model, "input").inc(usage.tokens.input)
        GENERATION_TOKENS.labels(model, "cached").inc(usage.tokens.cached)
        GENERATION_TOKENS.labels(model, "output").inc(usage.tokens.output)
        GENERATION_COST.labels(model).inc(usage.cost_usd)
        if seconds_per_token is not None:
            TOKEN_SECONDS.labels(model).observe(seconds_per_token)

    def passed_by(self, *, model: str, reason: str) -> None:
        """Counts a call that went on."""
        PASSED_BY.labels(model, reason).inc()
