"""Hand-ins marked with reasons, beside the same sheets drawn, read and compared with their keys alone."""

from __future__ import annotations

from typing import Any

from benchmarks.contest import Contest, Work

SECRET = "a secret of the benchmarks"

#: Topics of a sheet, from all chapters; the last one has tables.
TOPICS = ("outsize", "params-conv", "softmax", "frames", "lstm-step", "attn-weights", "td-update", "conv-map")


def contests(*, quick: bool) -> list[Contest]:
    """A class: a third has all right, a third slips, a third guesses."""
    count = 6 if quick else 100
    return [
        Contest(f"{count} hand-ins of {len(TOPICS)} tasks", ["check", "keys alone"], {"count": count},
                {"keys alone": 2.5}, same=False, rounds=5),
    ]  # fmt: skip


def handed_in(count: int) -> tuple[Any, list[tuple[str, bytes]]]:
    """The plan, and what each of a class hands in."""
    from dlcli.teaching.sheet import Entry, Plan, sheet
    from dlcli.teaching.topic import topic_of
    from dlcli.teaching.worked import words

    plan = Plan(tuple(Entry(topic_of(name)) for name in TOPICS))
    found = []
    for place in range(count):
        lines = []
        for item in sheet(plan, SECRET, f"Student {place}").items:
            task = item.drawn.task
            answers = (task.key, task.wrong[task.targets[0]], [17 + place] * len(task.fields))[place % 3]
            lines += [f"{name} = {words(value)}" for name, value in zip(item.names, answers, strict=True)]
        found.append((f"Student {place}", "\n".join(lines).encode()))
    return plan, found


def check(count: int) -> Work:
    """What ``dlcli check`` does for each."""
    from dlcli.teaching.handin import read
    from dlcli.teaching.marking import Policy
    from dlcli.teaching.school import marked
    from dlcli.teaching.sheet import sheet

    plan, class_ = handed_in(count)

    def work() -> float:
        policy = Policy()
        results = (marked(sheet(plan, SECRET, name), read(data, name)[0], policy) for name, data in class_)
        return float(sum(one.earned for one in results))

    return work


def keys_alone(count: int) -> Work:
    """Right or not, and nothing else."""
    from dlcli.teaching.handin import read
    from dlcli.teaching.reading import typed
    from dlcli.teaching.sheet import sheet
    from dlcli.teaching.task import near

    plan, class_ = handed_in(count)

    def work() -> int:
        right = 0
        for name, data in class_:
            answers = read(data, name)[0].answers
            for item in sheet(plan, SECRET, name).items:
                for known, field, key in zip(
                    item.names, item.drawn.task.fields, item.drawn.task.key, strict=True
                ):
                    said = typed(answers[known], field).value
                    right += said is not None and near(said, key, field.tolerance)
        return right

    return work


CONTENDERS = {"check": check, "keys alone": keys_alone}
