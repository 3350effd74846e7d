"""A SentencePiece model as a tokenizer of the `tokenizers` library, which the service has anyway."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

_CONTROL = 3
_FIELD = descriptor_pb2.FieldDescriptorProto
# Fields 1 to 3 of a model file.
_PARTS = (("pieces", "Piece"), ("trainer_spec", "TrainerSpec"), ("normalizer_spec", "NormalizerSpec"))


def tokenizer_of(model: bytes) -> bytes:
    """The tokenizer's JSON, with a begin and an end around every text. Unigram models with a dummy prefix and single spaces only."""
    read = _model_message().FromString(model)
    trained, normalized = read.trainer_spec, read.normalizer_spec
    if (trained.model_type, normalized.add_dummy_prefix, normalized.remove_extra_whitespaces) != (1, True, True):
        raise ValueError("not the kind of SentencePiece model that this reads")
    # Text can't be a control token: no text holds a NUL once it is normalised.
    pieces = [("\0" * (piece.type == _CONTROL) + piece.piece, piece.score) for piece in read.pieces]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=trained.unk_id, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(normalized.precompiled_charsmap),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(split=False)
    (begin, _), (end, _) = pieces[trained.bos_id], pieces[trained.eos_id]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=[begin, "$A", end], special_tokens=[(begin, trained.bos_id), (end, trained.eos_id)]
    )
    return str(tokenizer.to_str()).encode()


def _model_message() -> Any:
    """The message class of a model file, as far as it is read here (field numbers and defaults of sentencepiece_model.proto)."""
    file = descriptor_pb2.FileDescriptorProto(
        name="sentencepiece_excerpt.proto", package="sentencepiece", syntax="proto2"
    )

    def message(name: str, *fields: tuple[str, int, int, str]) -> None:
        described = file.message_type.add(name=name)
        for field, number, kind, default in fields:
            described.field.add(
                name=field, number=number, type=kind, label=_FIELD.LABEL_OPTIONAL, default_value=default
            )

    message(
        "Piece",
        ("piece", 1, _FIELD.TYPE_STRING, ""),
        ("score", 2, _FIELD.TYPE_FLOAT, "0"),
        ("type", 3, _FIELD.TYPE_INT32, "1"),
    )
    message(
        "TrainerSpec",
        ("model_type", 3, _FIELD.TYPE_INT32, "1"),
        ("unk_id", 40, _FIELD.TYPE_INT32, "0"),
        ("bos_id", 41, _FIELD.TYPE_INT32, "1"),
        ("eos_id", 42, _FIELD.TYPE_INT32, "2"),
    )
    message(
        "NormalizerSpec",
        ("precompiled_charsmap", 2, _FIELD.TYPE_BYTES, ""),
        ("add_dummy_prefix", 3, _FIELD.TYPE_BOOL, "true"),
        ("remove_extra_whitespaces", 4, _FIELD.TYPE_BOOL, "true"),
    )
    model = file.message_type.add(name="Model")
    for number, (name, kind) in enumerate(_PARTS, start=1):
        label = _FIELD.LABEL_REPEATED if name == "pieces" else _FIELD.LABEL_OPTIONAL
        type_name = f".sentencepiece.{kind}"
        model.field.add(name=name, number=number, type=_FIELD.TYPE_MESSAGE, type_name=type_name, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("sentencepiece.Model"))
