"""Metrics of vLLM under names that every scraper stores alike."""

from collections.abc import Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.samples import Sample

PREFIX = "vllm:"


class ColonFree:
    """Colons in names become underscores.

    Prometheus reserves colons for rules: asked for OpenMetrics 1.0, prometheus_client replaces them, otherwise it does not, so one metric
    would have two names, depending on who scrapes.
    """

    def __init__(self, source: CollectorRegistry) -> None:
        self._source = source

    def collect(self) -> Iterator[Metric]:
        """All metrics of the source, renamed."""
        for metric in self._source.collect():
            renamed = Metric(_renamed(metric.name), metric.documentation, metric.type, metric.unit)
            renamed.samples = [Sample(_renamed(sample.name), *sample[1:]) for sample in metric.samples]
            yield renamed


def rename_vllm_metrics(registry: CollectorRegistry = REGISTRY) -> None:
    """Takes vLLM's collectors out of the registry that is served and puts their renamed view in. Call it after each start of an engine."""
    own = CollectorRegistry()
    for collector, names in list(
        registry._collector_to_names.items()
    ):  # there is no public way to ask what is registered
        if isinstance(collector, ColonFree):
            registry.unregister(collector)
        elif any(name.startswith(PREFIX) for name in names):
            registry.unregister(collector)
            own.register(collector)
    registry.register(ColonFree(own))


def _renamed(name: str) -> str:
    return name.replace(":", "_")
