"""llama.cpp computes what the weights say: beside a plain implementation of the same network.

llama.cpp rounds activations to 8 bits in blocks of 32 before it multiplies them with quantised weights. So does the reference when asked
to; in float32 it tells how much that costs. Where two tokens are about as likely, rounding may swap them: in "What is the capital of
France?" the first token is such a case ("The" and "L" are 0.08 apart in float32).
"""

import numpy as np
import pytest

from tests.conformance.inference.conftest import EngineUnderTest, kinds
from tests.conformance.inference.gguf import BLOCK, F32, Array
from tests.conformance.inference.smollm import smollm_weights

QUESTIONS = ["What is the capital of France?", "Name three colours.", "Write one sentence about a lamp."]
SERVER = "http://llama.cpp"


class Reference:
    """A Llama, straight from its description."""

    def __init__(self, *, rounded: bool) -> None:
        gguf = smollm_weights()
        self.weights, self.kinds, self.rounded = gguf.tensors, gguf.kinds, rounded
        fields = gguf.fields
        self.heads = fields["llama.attention.head_count"]
        self.shared_heads = fields["llama.attention.head_count_kv"]
        self.blocks = fields["llama.block_count"]
        self.epsilon = fields["llama.attention.layer_norm_rms_epsilon"]
        self.base = fields["llama.rope.freq_base"]

    def log_probabilities(self, tokens: list[int]) -> Array:
        """Of the next token."""
        x: Array = self.weights["token_embd.weight"][tokens]
        for block in range(self.blocks):
            name = f"blk.{block}."
            x = x + self._attention(self._norm(x, f"{name}attn_norm"), name)
            h = self._norm(x, f"{name}ffn_norm")
            gate = self._times(h, f"{name}ffn_gate")
            x = x + self._times(gate / (1 + np.exp(-gate)) * self._times(h, f"{name}ffn_up"), f"{name}ffn_down")
        logits = self._times(self._norm(x, "output_norm")[-1:], "token_embd")[0]
        shifted = logits - logits.max()
        return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)

    def _attention(self, h: Array, name: str) -> Array:
        count, size = len(h), h.shape[1] // self.heads
        query = self._rotated(self._times(h, f"{name}attn_q").reshape(count, self.heads, size))
        key = self._rotated(self._times(h, f"{name}attn_k").reshape(count, self.shared_heads, size))
        value = self._times(h, f"{name}attn_v").reshape(count, self.shared_heads, size)
        key, value = (np.repeat(part, self.heads // self.shared_heads, axis=1) for part in (key, value))
        scores = np.einsum("qhd,khd->hqk", query, key) / np.sqrt(size)
        scores += np.triu(np.full((count, count), -np.inf), 1)
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        scores /= scores.sum(-1, keepdims=True)
        mixed = np.einsum("hqk,khd->qhd", scores, value).reshape(count, -1)
        return self._times(mixed.astype(np.float32), f"{name}attn_output")

    def _rotated(self, x: Array) -> Array:
        count, _, size = x.shape
        angles = np.arange(count)[:, None] * self.base ** (-np.arange(0, size, 2) / size)
        cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
        even, odd = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2], out[..., 1::2] = even * cosine - odd * sine, even * sine + odd * cosine
        return out

    def _norm(self, x: Array, name: str) -> Array:
        return np.asarray(x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * self.weights[f"{name}.weight"])

    def _times(self, x: Array, name: str) -> Array:
        name = f"{name}.weight"
        if self.rounded and self.kinds[name] != F32:
            x = rounded_to_8_bits(x)
        return np.asarray(x @ self.weights[name].T)


def rounded_to_8_bits(x: Array) -> Array:
    blocks = x.reshape(-1, BLOCK)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    scale[scale == 0] = 1
    return np.asarray(np.round(blocks / scale) * scale.astype(np.float16), dtype=np.float32).reshape(x.shape)


async def tokens_and_likeliest(under_test: EngineUnderTest, question: str) -> tuple[list[int], dict[int, float]]:
    """Tokens of the prompt, and llama.cpp's log probabilities of the ten likeliest next."""
    client = under_test.engine._ready_client()  # type: ignore[attr-defined]  # llama.cpp's own
    messages = [{"role": "user", "content": question}]
    prompt = (await client.post(f"{SERVER}/apply-template", json={"messages": messages})).json()["prompt"]
    asked = {"content": prompt, "parse_special": True, "add_special": True}
    tokens = (await client.post(f"{SERVER}/tokenize", json=asked)).json()["tokens"]
    asked = {"prompt": tokens, "n_predict": 1, "temperature": 0, "n_probs": 10, "lora": [{"id": 0, "scale": 0.0}]}
    completed = (await client.post(f"{SERVER}/completion", json=asked)).json()
    likeliest = completed["completion_probabilities"][0]["top_logprobs"]
    return tokens, {entry["id"]: entry["logprob"] for entry in likeliest}


@pytest.mark.parametrize("under_test", [kind for kind in kinds() if kind == "llama_cpp"], indirect=True)
@pytest.mark.parametrize("question", QUESTIONS)
async def test_probabilities_are_those_of_the_weights(under_test: EngineUnderTest, question: str) -> None:
    tokens, likeliest = await tokens_and_likeliest(under_test, question)
    exact = Reference(rounded=False).log_probabilities(tokens)
    rounded = Reference(rounded=True).log_probabilities(tokens)
    for reference in (exact, rounded):
        difference = np.array([abs(reference[token] - value) for token, value in likeliest.items()])
        assert difference.mean() < 0.2
    best, second = np.argsort(-exact)[:2]
    if exact[best] - exact[second] > 0.5:  # no tie that rounding could decide
        assert max(likeliest, key=likeliest.__getitem__) == best
