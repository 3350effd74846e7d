"""Models that have a shape but no weights, for engines that fill them at random."""

import json
from dataclasses import dataclass
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CONTEXT_TOKENS = 4096
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
# ChatML, in one line.
_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Shape:
    """Of a Qwen3 network: layers, widths and heads."""

    layers: int
    width: int
    hidden: int
    heads: int
    shared_heads: int
    tied: bool


SHAPES = {
    "0.6b": Shape(layers=28, width=1024, hidden=3072, heads=16, shared_heads=8, tied=True),
    "7b": Shape(layers=28, width=3584, hidden=18944, heads=28, shared_heads=4, tied=False),
}
VOCABULARY = 151_936


def parameters(shape: Shape) -> int:
    """Weights of the network, for the report."""
    head = 128
    attention = shape.width * head * (2 * shape.heads + 2 * shape.shared_heads)
    embeddings = VOCABULARY * shape.width * (1 if shape.tied else 2)
    return embeddings + shape.layers * (attention + 3 * shape.width * shape.hidden)


def write_model(name: str, folder: Path) -> Path:
    """A folder that vLLM loads with `load_format=dummy`."""
    shape = SHAPES[name]
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.shared_heads,
        "head_dim": 128,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000.0,
        "max_position_embeddings": CONTEXT_TOKENS,
        "vocab_size": VOCABULARY,
        "bos_token_id": 256,
        "eos_token_id": 258,
        "hidden_act": "silu",
        "tie_word_embeddings": shape.tied,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    tokenizer().save(str(folder / "tokenizer.json"))
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": _SPECIAL[0],
        "eos_token": _SPECIAL[2],
        "chat_template": _TEMPLATE,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(described, indent=2))
    return folder


def tokenizer() -> Tokenizer:
    """One token a byte, and as many more as the network has, so that each token that a random model draws can be shown."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = alphabet + _SPECIAL
    vocabulary = {word: number for number, word in enumerate(words)}
    vocabulary |= {f"Ġw{number}": number for number in range(len(words), VOCABULARY)}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in _SPECIAL])
    return made
