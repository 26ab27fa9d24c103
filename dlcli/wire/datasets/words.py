"""Which words name a set of data, told by the word and by the first bytes of its files."""

from __future__ import annotations

import os
import re

from dlcli.wire.datasets.array_files import array_sets, files_of_arrays, sets_of_arrays
from dlcli.wire.typed.text import encoding_of
from dlcli.words.table_text import heads_of, lines_of

#: Sets that are no files: drawn, or found in a package.
SHAPES, ALL_DIGITS, SMALL_DIGITS = "shapes", "digits:all", "digits8"

#: What can be typed in place of a file, for the messages about unknown words.
BUILT_IN = (
    "sample:digits",
    ALL_DIGITS,
    SMALL_DIGITS,
    "shapes:1000",
    "copy:50",
    "adding:50",
    "reviews:2000",
    "dates:4000",
)

#: Tasks that are drawn, and texts.
TASKS, TEXTS = ("copy", "adding"), ("reviews", "dates")

#: What names of IDX files say: ``train-images-idx3-ubyte``, ``t10k-labels.idx1-ubyte.gz``.
IDX_FILE = re.compile(r".*(?:images|labels).idx[13]-ubyte(?:\.gz)?", re.IGNORECASE)

#: The columns of a table that hold labels.
LABELS = ("label", "class", "y")

#: Files of CIFAR whose names say what they are.
_CIFAR_FILE = re.compile(r"(?:data_batch_\d+|test_batch)(?:\.bin)?|(?:train|test)\.bin")

#: The batches of CIFAR-100's Python form.
HUNDRED = ("train", "test")

#: First bytes: a dictionary in a pickle of protocols 2 to 5; an IDX file of each type of number.
_PICKLE = re.compile(rb"\x80[\x02-\x05](?:\x95.{8})?\}", re.DOTALL)
_IDX = re.compile(rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x04]")

#: Keys of a CIFAR batch, one of which stands in its first bytes.
_KEYS = (b"batch_label", b"filenames", b"fine_labels", b"labels", b"data")

HEAD = 256

#: Headings of which the last alone is in quotes: the numbers of a table that dlcli wrote.
_ONLY_LAST_QUOTED = re.compile(r'[^"]+"[^"]*"')

#: Bytes from which on a text whose words are no numbers, most of them, is neither sentences nor a table.
LONG = 1 << 12


def is_data(word: str) -> bool:
    """Whether a word names a set of data rather than a tensor; only the heads of files are read.

    >>> is_data("shapes:100"), is_data("sample:digits"), is_data("sample:cat"), is_data("the cat sat")
    (True, True, False, False)
    """
    form, path = form_of(word)
    if form == "npz":
        from dlcli.wire.datasets.arrays import is_npz_set

        return is_npz_set(path)
    if form == "npy":
        if not {"y", "y_train"} & set(files_of_arrays(path)):
            return False
        from dlcli.wire.datasets.arrays import is_npy_set

        return is_npy_set(path)
    if form == "table":
        return _has_label_column(path)
    if form == "text":
        return is_long_text(word)
    return form not in ("", "files")


def is_long_text(word: str) -> bool:
    """Whether a word names a text that is a set of its windows for whoever reads tensors, too."""
    form, path = form_of(word)
    if form != "text" or os.path.getsize(path) <= LONG:
        return False
    with open(path, "rb") as file:
        words = re.split(r"[\s,;]+", file.read(LONG).decode(errors="replace"))
    return 2 * sum(map(_is_number, words)) <= len(words)


def named_as_set(word: str) -> str:
    """A word for the same set that nothing takes for a bare array.

    Of rows in .npy that is their folder, where it holds no other set.
    """
    if not word.lower().endswith(".npy") or is_data(word) or not os.path.isfile(word):
        return word
    folder = os.path.dirname(word) or os.curdir
    alone = len(sets_of_arrays(folder)) == 1 and {"y", "y_train"} & set(files_of_arrays(word))
    return folder if alone and is_data(folder) else word


def form_of(word: str) -> tuple[str, str]:
    """What kind of set a word names, and the path of its file or folder; an empty kind where it is none.

    >>> form_of("shapes:100"), form_of("digits:all")
    (('shapes', ''), ('digits:all', ''))
    """
    if word.startswith("sample:"):
        path = _sample(word.removeprefix("sample:"))
    elif os.path.lexists(word):
        path = word
    elif word == ALL_DIGITS:
        return word, ""
    elif word == SMALL_DIGITS:
        path = _sample(word)
    elif re.fullmatch(rf"{SHAPES}(?::\S*)?", word):
        return SHAPES, ""
    elif word.partition(":")[0] in TASKS and ":" in word and "," not in word:
        return "task", ""
    elif re.fullmatch(rf"(?:{'|'.join(TEXTS)}):[^\s,]*", word):
        return word.partition(":")[0], ""
    else:
        return "", ""
    try:
        return (_form_of_folder(path) if os.path.isdir(path) else _form_of_file(path)), path
    except (OSError, ValueError):
        return "", path


def _sample(name: str) -> str:
    from dlcli.wire.samples import samples

    return str(samples().get(name.lower(), ""))


def _form_of_folder(path: str) -> str:
    with os.scandir(path) as entries:
        found = [one for one in entries if not one.name.startswith(".")]
    files = [one.name for one in found if os.path.isfile(one.path)]
    if any(map(is_cifar_batch, files)) or any(
        name in HUNDRED and _form_of_file(os.path.join(path, name)) == "cifar" for name in files
    ):
        return "cifar"
    if any(IDX_FILE.fullmatch(name) and "images" in name.lower() for name in files):
        return "idx"
    if array_sets(path, files):
        return "npy"
    return "folder" if any(os.path.isdir(one.path) for one in found) else "files"


def _form_of_file(path: str) -> str:
    if not os.path.isfile(path):
        return ""
    name = os.path.basename(path).lower()
    with open(path, "rb", buffering=0) as file:
        head = file.read(HEAD)
    if name.endswith((".tar.gz", ".tgz")):
        return "cifar" if name.startswith("cifar") else ""
    if head.startswith(b"\x1f\x8b") and IDX_FILE.fullmatch(name):
        return "idx"
    if head.startswith(b"PK") and name.endswith(".npz"):
        return "npz"
    if head.startswith(b"\x93NUMPY"):
        return "npy"
    if _IDX.match(head) and not name.endswith(".bin"):
        return "idx"
    if _PICKLE.match(head) and any(key in head for key in _KEYS):
        return "cifar"
    if name.endswith(".bin") and is_cifar_batch(name):
        return "cifar"
    return "text" if name.endswith(".txt") else "table" if name.endswith((".csv", ".tsv")) else ""


def is_cifar_batch(name: str) -> bool:
    """Whether a file's name is that of one of CIFAR's parts that no other set has."""
    return _CIFAR_FILE.fullmatch(name.lower()) is not None


def _has_label_column(path: str) -> bool:
    with open(path, "rb") as file:
        start = file.read(1 << 16)
    return is_labelled(start.decode(encoding_of(start), errors="replace").replace("\r\n", "\n"))


def is_labelled(text: str) -> bool:
    r"""Whether a table has a column that holds labels for sure, by the heading, or y with words below.

    So have translations, in columns of their own.

    >>> is_labelled("y;x\nbad;1,5"), is_labelled("y;x\n2;1,5"), is_labelled("text,label")
    (True, False, True)

    What dlcli itself writes by classes is none: there the heading of the numbers alone is in quotes.

    >>> is_labelled('class,"probabilities"\ncat,0.5')
    False
    """
    lines = [*lines_of(text[: 1 << 16])[:2], ""][:2]
    heads, first = ([cell.lower() for cell in heads_of(line, divider(lines[0]))] for line in lines)
    if _ONLY_LAST_QUOTED.fullmatch(lines[0].rstrip()) and _is_number(first[-1]):
        return False
    if {"label", "class"} & set(heads) or {"source", "target"} <= set(heads):
        return True
    return any(
        head == "y" and cell and not _is_number(cell) for head, cell in zip(heads, first, strict=False)
    )


def divider(heads: str) -> str:
    """What divides the headings of a table."""
    return max(",;\t", key=heads.count)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
