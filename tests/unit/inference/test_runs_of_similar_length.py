from hypothesis import example, given
from hypothesis import strategies as st

from inference_service.adapters.minilm_onnx import RUN_SPREAD, RUN_TOKENS, runs_of_similar_length


@example([256] * 20)
@given(st.lists(st.integers(min_value=2, max_value=256), max_size=256))
def test_every_text_is_in_one_run_and_no_run_is_too_large_or_mostly_padding(lengths: list[int]) -> None:
    runs = list(runs_of_similar_length(lengths))
    assert sorted(index for run in runs for index in run) == list(range(len(lengths)))
    for run in runs:
        longest, shortest = lengths[run[-1]], lengths[run[0]]
        assert longest == max(lengths[index] for index in run)
        assert longest * len(run) <= RUN_TOKENS
        assert longest <= RUN_SPREAD * shortest
