from prometheus_client import REGISTRY

from inference_service.adapters.prometheus import PrometheusMeter


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"hiremesh_inference_{name}", labels) or 0


def test_a_batch_is_counted_by_model() -> None:
    meter = PrometheusMeter()
    meter.texts_pending(9, model="counted")
    meter.batch_embedded(model="counted", texts=3, tokens=40, seconds=0.02)
    meter.batch_embedded(model="counted", texts=1, tokens=5, seconds=0.01)
    meter.text_dequeued(model="counted", seconds=0.5)
    assert sample("pending_texts", model="counted") == 9
    assert sample("texts_embedded_total", model="counted") == 4
    assert sample("input_tokens_total", model="counted") == 45
    assert sample("batch_texts_count", model="counted") == 2
    assert sample("batch_duration_seconds_sum", model="counted") == 0.03
    assert sample("queue_duration_seconds_sum", model="counted") == 0.5
