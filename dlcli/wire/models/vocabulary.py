"""The pieces of words that a model knows: vocab.txt, or the WordPiece part of tokenizer.json."""

from __future__ import annotations

from collections.abc import Mapping

from dlcli.errors import BadData, printable
from dlcli.wire.models.model_json import json_object, text_of
from dlcli.wire.strict_json import brief

VOCABULARY, TOKENIZER = "vocab.txt", "tokenizer.json"

#: What such a file may take: no honest one comes near.
MOST = 1 << 26

#: What tokenizer.json calls the rules of a BERT tokenizer, and tokenizer_config.json.
RULES = {
    "lowercase": "do_lower_case",
    "strip_accents": "strip_accents",
    "handle_chinese_chars": "tokenize_chinese_chars",
}


def read_vocabulary(path: str) -> dict[str, int]:
    """The places of pieces of words: one a line, the first being 0. Raises ``BadData``."""
    try:
        lines = text_of(path, MOST).split("\n")
    except UnicodeDecodeError:
        raise BadData(
            f"{printable(path)}: a vocabulary is UTF-8 text, one piece a line; this is not"
        ) from None
    if not lines[-1]:
        lines.pop()
    return _known({line.rstrip("\r"): place for place, line in enumerate(lines)}, path, f"{len(lines)} lines")


def read_tokenizer(path: str) -> tuple[dict[str, int], Mapping[str, object]]:
    """The places of the pieces in a tokenizer.json, and its rules by the names of tokenizer_config.json.

    Raises ``BadData`` for a tokenizer that is no WordPiece as BERT's.
    """
    told = json_object(path, MOST)
    model = told.get("model")
    if not isinstance(model, dict) or model.get("type") != "WordPiece":
        kind = model.get("type") if isinstance(model, dict) else model
        raise BadData(f"{printable(path)}: its model is {brief(kind)}; dlcli reads 'WordPiece', BERT's")
    prefix = model.get("continuing_subword_prefix", "##")
    if prefix != "##":
        raise BadData(f"{printable(path)}: pieces go on with {brief(prefix)}; dlcli reads those with '##'")
    pieces = model.get("vocab")
    places = list(pieces.values()) if isinstance(pieces, dict) else []
    if any(type(place) is not int for place in places) or sorted(places) != list(range(len(places))):
        raise BadData(f"{printable(path)}: the places of its pieces are not 0, 1, 2, …, each once")
    assert isinstance(pieces, dict) or not places
    normalizer = told.get("normalizer")
    rules = normalizer if isinstance(normalizer, dict) and normalizer.get("type") == "BertNormalizer" else {}
    named = {name: rules[word] for word, name in RULES.items() if word in rules}
    return _known(pieces if isinstance(pieces, dict) else {}, path, f"{len(places)} pieces"), named


def _known(vocabulary: dict[str, int], path: str, of: str) -> dict[str, int]:
    if "[UNK]" not in vocabulary:
        raise BadData(f"{printable(path)}: none of its {of} is [UNK]; is it a BERT model's {VOCABULARY}?")
    return vocabulary
