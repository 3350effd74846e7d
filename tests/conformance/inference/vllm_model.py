"""`python -m tests.conformance.inference.vllm_model FOLDER`: SmolLM2 and its random adapter in the layout that vLLM reads."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from tests.conformance.inference.gguf import Array, GgufReader
from tests.conformance.inference.smollm import RANK, random_factors, smollm_weights

_LAYER_NAMES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_NAMES = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight"}
_CONTROL_TOKEN = 3


def published_name(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    _, block, kind, _ = name.split(".")
    return f"model.layers.{block}.{_LAYER_NAMES[kind]}.weight"


def unpermuted(weight: Array, heads: int) -> Array:
    """GGUF keeps the pairs that rotate together side by side; the published layout keeps them half a head apart."""
    rows, columns = weight.shape
    return weight.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)


def write_model(gguf: GgufReader, folder: Path) -> None:
    fields = {name.removeprefix("llama."): value for name, value in gguf.fields.items()}
    heads = {"attn_q": fields["attention.head_count"], "attn_k": fields["attention.head_count_kv"]}
    tensors = {}
    for name, tensor in gguf.tensors.items():
        kind = name.split(".")[-2]
        tensors[published_name(name)] = np.ascontiguousarray(
            unpermuted(tensor, heads[kind]) if kind in heads else tensor
        )
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": fields["embedding_length"],
        "intermediate_size": fields["feed_forward_length"],
        "num_hidden_layers": fields["block_count"],
        "num_attention_heads": fields["attention.head_count"],
        "num_key_value_heads": fields["attention.head_count_kv"],
        "rms_norm_eps": fields["attention.layer_norm_rms_epsilon"],
        "rope_theta": fields["rope.freq_base"],
        "max_position_embeddings": fields["context_length"],
        "vocab_size": fields["vocab_size"],
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "hidden_act": "silu",
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
    }
    write_json(folder / "config.json", config)


def write_tokenizer(gguf: GgufReader, folder: Path) -> None:
    words = gguf.fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in gguf.fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={word: number for number, word in enumerate(words)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    kinds = gguf.fields["tokenizer.ggml.token_type"]
    control = [word for word, kind in zip(words, kinds, strict=True) if kind == _CONTROL_TOKEN]
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in control])
    tokenizer.save(str(folder / "tokenizer.json"))
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": words[gguf.fields["tokenizer.ggml.bos_token_id"]],
            "eos_token": words[gguf.fields["tokenizer.ggml.eos_token_id"]],
            "chat_template": gguf.fields["tokenizer.chat_template"],
            "clean_up_tokenization_spaces": False,
        },
    )


def write_adapter(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    tensors = {}
    for name, (a, b) in random_factors().items():
        place = f"base_model.model.{published_name(name).removesuffix('.weight')}"
        tensors[f"{place}.lora_A.weight"], tensors[f"{place}.lora_B.weight"] = a, b
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": RANK,
        "target_modules": ["down_proj"],
        "bias": "none",
        "base_model_name_or_path": "smollm2",
    }
    write_json(folder / "adapter_config.json", config)


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    gguf = smollm_weights()
    write_model(gguf, folder)
    write_tokenizer(gguf, folder)
    write_adapter(folder / "adapter")
