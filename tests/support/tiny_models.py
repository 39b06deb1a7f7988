"""Models of a few thousand parameters, made on the spot: real formats and real code, and nothing to download."""

from __future__ import annotations

import json
from pathlib import Path

import ragsys.models
from ragsys.models.quiet import quiet

_PROBE = json.loads((Path(ragsys.models.__file__).parent / "probe.json").read_text(encoding="utf-8"))
_TEXTS = [text for pair in _PROBE["pairs"] for text in pair] + _PROBE["others"]
_PROMPTS = {"query": "query: ", "document": "passage: "}


def embedder(folder, *, tokens=512, seed=0):
    """A sentence-transformers folder: words of the probe set, one layer, 32 dimensions, mean pooling, prefixes.

    With weights this small the layer hardly changes its input, so a vector is close to a bag of words: texts that share
    words are near to each other, which is what tests of an embedder need.
    """
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = trainers.WordPieceTrainer(vocab_size=2000, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator([*_TEXTS, "query: passage:"], words)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=tokens,
    )
    encoder = folder.with_name(f"{folder.name}-encoder")
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        model = BertModel(config, add_pooling_layer=False)
        with torch.no_grad():
            model.embeddings.word_embeddings.weight.mul_(10.0)  # words count for more than their positions
        model.save_pretrained(encoder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer,
            model_max_length=tokens,
            unk_token="[UNK]",
            pad_token="[PAD]",
            cls_token="[CLS]",
            sep_token="[SEP]",
        ).save_pretrained(encoder)
        modules = [Transformer(str(encoder)), Pooling(32, "mean"), Normalize()]
        SentenceTransformer(modules=modules, prompts=_PROMPTS, device="cpu").save(str(folder))
    return folder


def cross_encoder(folder, *, tokens=64, seed=0):
    """A cross-encoder folder with one label and random weights: it scores pairs, if by no standard of ours."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    embedder(folder.with_name(f"{folder.name}-words"), tokens=tokens, seed=seed)
    words = folder.with_name(f"{folder.name}-words-encoder")
    config = BertConfig.from_pretrained(words, num_labels=1)
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        model = BertForSequenceClassification(config)
        with torch.no_grad():
            model.classifier.weight.mul_(20.0)  # so that scores are apart
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(words).save_pretrained(folder)
    return folder


def byte_tokenizer():
    """Byte-level BPE with a few merges: any text round-trips."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_TEXTS, trainer)
    return tokenizer


def causal_lm(folder, *, tokens=256, seed=0):
    """A llama of two layers with random weights, in a transformers folder. It babbles, and never ends by itself."""
    from transformers import LlamaConfig

    return _babbler(folder, LlamaConfig, tokens, seed, intermediate_size=32, num_hidden_layers=2, num_key_value_heads=2)


def sliding_lm(folder, *, tokens=256, seed=0):
    """A gemma of which every second layer sees no more than 16 tokens back."""
    from transformers import Gemma3TextConfig

    return _babbler(
        folder,
        Gemma3TextConfig,
        tokens,
        seed,
        intermediate_size=32,
        num_hidden_layers=4,
        num_key_value_heads=1,
        head_dim=16,
        sliding_window=16,
        layer_types=["sliding_attention", "full_attention"] * 2,
    )


def state_lm(folder, *, tokens=256, seed=0):
    """A model of convolutions and one attention layer: what it remembers is a state."""
    from transformers import Lfm2Config

    return _babbler(
        folder,
        Lfm2Config,
        tokens,
        seed,
        intermediate_size=32,
        num_hidden_layers=2,
        num_key_value_heads=1,
        layer_types=["conv", "full_attention"],
    )


def chat_lm(folder, *, tokens=256, seed=0):
    """The babbling llama with a chat template, and settings that sample wherever nobody says otherwise."""
    causal_lm(folder, tokens=tokens, seed=seed)
    turns = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    (folder / "chat_template.jinja").write_text(turns + "{% if add_generation_prompt %}[assistant]{% endif %}")
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"do_sample": True}))
    return folder


def _babbler(folder, kind, tokens, seed, **shape):
    import torch
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    tokenizer = byte_tokenizer()
    config = kind(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_attention_heads=2,
        max_position_embeddings=tokens,
        initializer_range=0.5,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=None,
        tie_word_embeddings=False,
        **shape,
    )
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config)
        with torch.no_grad():
            model.lm_head.weight[:2] = 0.0  # never the best token: greedy text is as long as it may be
        model.save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", model_max_length=tokens
        ).save_pretrained(folder)
    return folder


def classifier(folder, labels, *, tokens=64, seed=0):
    """A sequence classifier with these labels and random weights, in a transformers folder."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    tokenizer = byte_tokenizer()
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=tokens,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
    )
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(seed)
        BertForSequenceClassification(config).save_pretrained(folder)
        PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, pad_token="</s>", sep_token="<s>", model_max_length=tokens
        ).save_pretrained(folder)
    return folder
