from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import choose_encoder

from inference_service.adapters.colon_free import rename_vllm_metrics


def vllm_metrics(registry: CollectorRegistry) -> None:
    Gauge("vllm:num_requests_waiting", "Waiting.", ["model_name"], registry=registry).labels("small").set(3)
    Counter("vllm:generation_tokens", "Tokens.", registry=registry).inc(7)
    Histogram("vllm:time_to_first_token_seconds", "TTFT.", registry=registry, buckets=(0.1, 1)).observe(0.5)


def test_vllms_metrics_have_one_name_whoever_scrapes() -> None:
    registry = CollectorRegistry(auto_describe=True)
    vllm_metrics(registry)
    Counter("hiremesh_other", "Ours.", registry=registry).inc()
    rename_vllm_metrics(registry)
    for accepted in (
        "text/plain",
        "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text;escaping=allow-utf-8",
    ):
        encode, _ = choose_encoder(accepted)
        text = encode(registry).decode()
        assert 'vllm_num_requests_waiting{model_name="small"} 3.0' in text
        assert "vllm_generation_tokens_total 7.0" in text
        assert 'vllm_time_to_first_token_seconds_bucket{le="1.0"} 1.0' in text
        assert "hiremesh_other_total 1.0" in text
        assert "vllm:" not in text


def test_an_engine_that_starts_again_replaces_its_metrics() -> None:
    registry = CollectorRegistry(auto_describe=True)
    vllm_metrics(registry)
    rename_vllm_metrics(registry)
    vllm_metrics(registry)
    rename_vllm_metrics(registry)
    assert generate_latest(registry).decode().count("vllm_generation_tokens_total 7.0") == 1
