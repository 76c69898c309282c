"""What is written out for speed gives what the libraries give, asked of the NLU environment itself."""

from __future__ import annotations

import os
import subprocess

from tests.nlu.test_text import PROJECT, PYTHON

TEXTS = """
texts = ["he never listens", "i can't trust him and he can't trust me", "he lies, he lies and he lies", "", "zzz qqq", "i am so tired of this"]
"""
NGRAMS = (
    TEXTS
    + """
import numpy as np
from components.ngrams import NgramClassifier
model = NgramClassifier.fit(texts * 3, np.arange(18) % 3, 7)
odds = model._features.transform(texts) @ model._weights + model._bias
shares = 1 / (1 + np.exp(-odds))
expected = np.log(np.maximum(shares / shares.sum(axis=1, keepdims=True), 1e-6))
assert np.allclose(model.log_probabilities(texts), expected, atol=1e-4)
"""
)
ENCODER = (
    TEXTS
    + """
import numpy as np
from components.encoder import compile_encoder, load_bert, load_tokenizer, mean_pool, tokenise, weights_folder, windows
folder = weights_folder(None)
bert, tokenizer = load_bert(folder), load_tokenizer(folder)
encode = compile_encoder(bert)
for text in texts:
    ids, mask = tokenise(tokenizer, [text], 128)
    theirs = mean_pool(bert(input_ids=ids, attention_mask=mask).last_hidden_state, mask).numpy()
    ((own_ids, _),) = windows(tokenizer, [text])
    assert (own_ids == ids[0]).all()
    assert np.allclose(encode(own_ids, np.full((1, len(own_ids)), 1 / len(own_ids), np.float32)), theirs, atol=1e-5)
parts = ["this is a sentence of some length, said to fill the window."] * 40 + ["and the last"]
found = windows(tokenizer, parts)
assert len(found) > 2 and all(len(ids) <= 128 for ids, _ in found)
assert [number for _, places in found for number, _ in places] == list(range(41))
ids, places = found[-1]
assert tokenizer.decode(ids[places[-1][1]]) == "and the last"
"""
)


def run(program: str) -> None:
    answer = subprocess.run(
        [PYTHON, "-c", program],
        capture_output=True,
        text=True,
        cwd=PROJECT / "nlu",
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert answer.returncode == 0, answer.stderr[-2000:]


def test_ngrams_counted_text_by_text_are_the_vectorizers_own() -> None:
    run(NGRAMS)


def test_the_encoder_written_out_is_the_library_s_own_and_windows_lose_no_sentence() -> None:
    run(ENCODER)
