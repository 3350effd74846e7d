"""onnxruntime and tokenizers, as all our embedders use them: on the caller's thread and no other."""

import os
from pathlib import Path

import onnxruntime
from tokenizers import Tokenizer


def open_session(graph: bytes | Path) -> onnxruntime.InferenceSession:
    """A session whose runs stay on the caller's thread: the library's own pools would multiply the callers'."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def open_tokenizer(description: bytes, *, context_tokens: int) -> Tokenizer:
    """A tokenizer that cuts at the window and pads nothing, whatever its file says (MiniLM's: cut and pad to 128)."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    tokenizer = Tokenizer.from_buffer(description)
    tokenizer.enable_truncation(context_tokens)
    tokenizer.no_padding()
    return tokenizer
