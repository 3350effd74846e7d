"""Metering as Prometheus metrics."""

from prometheus_client import Counter, Gauge, Histogram

TEXTS = Counter("hiremesh_inference_texts_embedded_total", "Texts embedded.", ["model"])
TOKENS = Counter("hiremesh_inference_input_tokens_total", "Tokens read.", ["model"])
PENDING = Gauge("hiremesh_inference_pending_texts", "Texts admitted and not answered yet.")
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

    def texts_pending(self, texts: int) -> None:
        """Sets the gauge that autoscaling reads."""
        PENDING.set(texts)

    def batch_embedded(self, *, model: str, texts: int, tokens: int, seconds: float) -> None:
        """Counts a batch."""
        TEXTS.labels(model).inc(texts)
        TOKENS.labels(model).inc(tokens)
        BATCH_TEXTS.labels(model).observe(texts)
        BATCH_SECONDS.labels(model).observe(seconds)

    def text_dequeued(self, *, model: str, seconds: float) -> None:
        """Records a wait."""
        QUEUE_SECONDS.labels(model).observe(seconds)
