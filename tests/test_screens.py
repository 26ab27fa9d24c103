"""Screens as they were when somebody looked at them: in all colours at 80 columns, in none at 80 and 120.

``DLCLI_RECORD=1 pytest tests/test_screens.py`` records them anew: look at what ``git diff`` says then.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.style import Style

from dlcli.cli import COMMANDS

SCREENS = Path(__file__).parent / "screens"
#: A small model with random weights, its folder as seen from where the lines are typed.
TINY = "data/tiny_bert"

#: File -> the line that was typed.
LINES = {
    "conv": "dlcli conv sample:exercise --kernel '0.9 1.1; -2.8 0.8' --bias 0.15",
    "conv-explain": "dlcli conv sample:exercise -k box:3 --padding same --explain 0,1",
    "conv-picture": "dlcli conv sample:lines --kernel line:45 --stride 4",
    "conv-sheet": "dlcli conv sample:lines --kernel kirsch:0:315:45 --kernel sobel:0:315:45 --stride 4",
    "conv-sound": "dlcli conv sample:speech --kernel band-pass:300,3400",
    "conv-sound-explain": "dlcli conv sample:speech --kernel '-0.97 1' --bias 0.1 --explain 9000",
    "conv-winner": "dlcli conv sample:lines --kernel line:0:165:15 --stride 4 --emit winner",
    "conv-winner-explain": "dlcli conv '1 1 1 1; 0 0 0 0; 0 0 9 0' -k sobel-x -k sobel-y -k box:3 --padding same --emit winner --explain 1,1",
    "kernels": "dlcli kernels sobel-x gaussian log",
    "kernels-learnt": "dlcli kernels --weights sample:digits-cnn",
    "samples": "dlcli samples exercise",
    "summary": "dlcli summary cnn",
    "summary-models": "dlcli summary",
    "summary-explain": "dlcli summary cnn --explain conv2d_1",
    "train": "dlcli train mlp digits8 --dtype float64 --epochs 2",
    "train-kernels": "dlcli train small-cnn sample:digits --dtype float64 --epochs 1 --per-class 20",
    "predict": "dlcli predict sample:digits-cnn sample:digits",
    "predict-explain": "dlcli predict sample:digits-cnn sample:digits --explain 19,8",
    "predict-saliency": "dlcli show sample:digits | dlcli tensor --index 400 | dlcli predict sample:digits-cnn --saliency",
    "predict-next": "dlcli predict sample:writer 'Mrs. Jenn'",
    "predict-writes": "dlcli predict sample:writer 'It was ' --steps 90 --temperature 0.7",
    "predict-draw": "dlcli predict sample:writer 'It was ' --steps 9 --top-k 20 --top-p 0.9 --explain 4",
    "predict-translates": "dlcli predict sample:dates 'Friday, 5 March 2021'",
    "predict-hears": "dlcli predict sample:vad sample:speech",
    "train-forecast": "dlcli train forecast sample:sunspots --dtype float64 --epochs 2 --runs 2",
    "rnn-step": "dlcli rnn '1 0 0 1' --bptt --step 0.1 --times 20 --check",
    "td-bandit": "dlcli td bandit:3 --control q-learning --explore greedy --explore ucb:2 --runs 20 --episodes 60",
    "td-approximate": "dlcli td random-walk:5,19 --approximate tiles --episodes 20",
    "mdp-boat-race": "dlcli mdp sample:boat-race --optimal",
    "mdp-blackjack": "dlcli mdp blackjack --optimal",
    "mdp-gambler": "dlcli mdp gambler --optimal",
    "mdp-cars": "dlcli mdp cars:14 --optimal",
    "mdp-horizon": "dlcli mdp sample:maze --optimal --horizon 9",
    "mdp-average": "dlcli mdp access-control --optimal --average-reward",
    "td-n-step-sarsa": "dlcli td cliff --control n-step-sarsa --n 3 --gamma 0.9 --trace 3 --explain 40",
    "td-sarsa-lambda": "dlcli td cliff --control sarsa-lambda --gamma 0.9 --explain 20",
    "td-mc": "dlcli td blackjack --control off-policy-mc --episodes 300 --explain 300",
    "td-off-policy": "dlcli td blackjack --policy optimal --method mc --off-policy weighted --episodes 300 --explain 110",
    "td-dyna-q": "dlcli td dyna-maze --control dyna-q --planning 2 --episodes 40 --explain 3431",
    "td-differential": "dlcli td access-control --control differential-sarsa --episodes 1 --max-steps 3000 --explain 900",
    "td-average": "dlcli td access-control --control differential-sarsa --episodes 1 --max-steps 3000",
    "show-set": "dlcli show digits8",
    "show": "dlcli conv sample:exercise -k diag | dlcli show",
    "show-chart": "dlcli show '3 1 4 1 5; 9 2 6 5 3' --view chart",
    "show-heat": "dlcli conv sample:lines -k line:45 --stride 4 | dlcli show --view heat",
    "show-histogram": "dlcli show sample:lines --view histogram",
    "conv-transposed": "dlcli conv '1 2; 3 4' --transposed --kernel '1 2 1; 2 4 2; 1 2 1' --stride 2",
    "conv-transposed-explain": "dlcli conv '1 2; 3 4' --transposed --kernel '1 2 1; 2 4 2; 1 2 1' --stride 2 --explain 2,2",
    "conv-field": "dlcli conv sample:lines --kernel line:45 | dlcli pool --size 4 | dlcli conv --kernel box:3 --explain 4,71",
    "upsample": "dlcli upsample '1 2; 3 -4' --kind bilinear",
    "upsample-explain": "dlcli upsample '1 2; 3 4' --kind bilinear --explain 1,2",
    "upsample-winners": "dlcli pool '1 3 2 0; 4 2 5 1; 0 1 7 2; 8 0 3 6' --emit argmax | dlcli upsample '4 5; 8 7' --winners -",
    "upsample-picture": "dlcli conv sample:cat -k box:3 --channels gray | dlcli pool --size 4 | dlcli upsample --size 4",
    "pool": "dlcli pool sample:exercise",
    "pool-explain": "dlcli pool sample:exercise --size 2 --stride 1 --explain 0,1",
    "pool-picture": "dlcli conv sample:lines --kernel line:45 | dlcli pool --size 4",
    "softmax": "dlcli softmax '2 1 0.1'",
    "attn": "dlcli attn 'the cat sat on the mat'",
    "attn-explain": "dlcli attn 'the cat sat on the mat' --explain cat,mat",
    "attn-heads": "dlcli attn 'the cat sat' --heads 2 --project --causal",
    "attn-scaling": "dlcli attn 'the cat sat' --without-scaling",
    "attn-matrices": "dlcli attn '1 0 1 0; 0 2 0 2; 1 1 1 1' --w-query '1 0 1; 1 0 0; 0 0 1; 0 1 1' "
    "--w-key '0 0 1; 1 1 0; 0 1 0; 1 1 0' --w-value '0 2 0; 0 3 0; 1 0 3; 1 1 0' --similarity dot",
    "attn-capped": "dlcli attn 'the cat sat on' --causal --window 3 --softcap 2 --position alibi",
    "attn-long": "dlcli attn 'the quick brown fox jumps over the lazy dog and the cat too'",
    "transformer": "dlcli transformer 'the cat sat on the mat'",
    "transformer-decoder": "dlcli transformer 'le chat dort' --decoder --memory 'the cat sleeps' --maps memory",
    "transformer-explain": "dlcli transformer 'the cat sat' --norm pre --explain cat,5",
    "attn-model": f"dlcli attn --model {TINY} 'the kittens sat on a mat!'",
    "attn-model-explain": f"dlcli attn --model {TINY} 'the kittens sat' --head 1 --explain sat,the",
    "attn-model-several": f"dlcli attn --model {TINY} 'the cat' 'a mat!' 'the kittens sat'",
    "attn-model-layers": f"dlcli attn --model {TINY} 'the kittens sat on the mat' --layer all",
    "attn-model-pair": f"dlcli attn --model {TINY} 'the kittens sat' --pair 'a mat!' --head mean",
    "attn-model-rollout": f"dlcli attn --model {TINY} 'the kittens sat' --emit rollout --explain 1,sat,kit",
    "transformer-causal": "dlcli transformer '1 0 2 1; 0 1 1 3; 2 2 0 1' --causal --norm pre",
    "transformer-layers": "dlcli transformer 'the cat sat' --layers 3 --layer all",
    "transformer-masked": "dlcli transformer 'the cat sat [PAD]' --mask '0 0 0 1' --mask-means hidden --window 2",
    "returns": "dlcli returns '-1 2 6 3 2' --gamma 0.5",
    "returns-blank": "dlcli returns '-1 2 6 3 2' --gamma 0.5 --blank",
    "returns-explain": "dlcli returns '0 0 0 0 10' --explain 0,1",
    "mdp": "dlcli mdp gridworld:4x4",
    "mdp-optimal": "dlcli mdp sample:maze --optimal",
    "mdp-episodes": "dlcli mdp random-walk --episodes 1000 --seed 1",
    "mdp-explain": "dlcli mdp sample:student --gamma 0.9 --explain exercise",
    "mdp-list": "dlcli mdp sample:student --sweeps 3 --in-place",
    "td": "dlcli td random-walk --runs 20 --initial 0.5 --alpha 0.1 --alpha 0.05",
    "td-many": "dlcli td random-walk --method td0 --method mc --method n-step --alpha 0.01 --alpha 0.02 --alpha 0.03 --alpha 0.04",
    "td-trace": "dlcli td gridworld:4x4 --trace 6 --episodes 50",
    "td-explain": "dlcli td random-walk --method lambda --initial 0.5 --explain 2",
    "td-batch": "dlcli td random-walk --method td0 --method mc --batch --runs 20 --against transitions",
    "td-lambda": "dlcli td random-walk --method lambda --lambda 0.8 --gamma 0.9 --alpha 1/n --trace 9 --explain 6",
    "td-double-q": "dlcli td sample:student --control double-q --gamma 0.9 --trace 6 --explain 12",
    "td-control": "dlcli td cliff --control q-learning --control sarsa --alpha 0.5 --episodes 100 --runs 3",
    "td-reproduce": "dlcli td --reproduce fig3.5",
    "activate-number": "dlcli activate leaky-relu:0.3 '-2 -1 0 1 2'",
    "normalize": "dlcli normalize '1 2 6; 4 4 10'",
    "normalize-batch-explain": "dlcli normalize '1 2 6; 4 4 10' --kind batch --gain '1 2 0.5' --bias '0 0 3' --explain 1,2",
    "normalize-group": "dlcli tensor '1 2 6 4; 4 4 10 2; 0 1 1 3; 8 2 5 5' --reshape 2,2,4 | dlcli normalize --kind group --groups 2",
    "normalize-response": "dlcli normalize '3 4 0 2; 6 8 1 0' --kind local-response --size 3 --alpha 1",
    "normalize-response-explain": "dlcli normalize '3 4 0 2; 6 8 1 0' --kind local-response --size 3 --alpha 1 --explain 0,1",
    "activate": "dlcli activate tanh '-2 -1 0 1 2'",
    "dropout": "dlcli dropout '1 2 3 4; 5 6 7 8' --masks 100",
    "stft": "dlcli stft sample:speech --frequencies log",
    "stft-mel": "dlcli stft sample:speech --frequencies mel --window kaiser:8",
    "stft-log-mel": "dlcli stft sample:speech --frame 32ms --hop 10ms --emit log-mel --ref max --top-db 80",
    "stft-mfcc": "dlcli stft sample:tones --frame 32ms --mels 20 --emit mfcc",
    "stft-mel-explain": "dlcli stft sample:tones --frame 32ms --mels 20 --emit log-mel --explain 7,40",
    "stft-small": "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2",
    "stft-explain": "dlcli stft '0 1 0 -1 0 1 0 -1' --frame 4 --hop 2 --explain 1,1",
    "istft": "dlcli stft sample:speech | dlcli istft",
    "mask": "dlcli mask '1 -5 2; 4 0 -3' --above 3",
    "mask-spectrum": "dlcli stft sample:tones --frame 64ms | dlcli mask --above -15db",
    "mask-noise": "dlcli stft sample:speech --frame 32ms | dlcli mask --noise 0s:0.2s --soft wiener --reduction 12",
    "mask-explain": "dlcli stft sample:speech --frame 32ms | dlcli mask --noise 0s:0.2s --n-std 2.5 --explain 20,100",
    "rnn": "dlcli rnn 'the cat sat on the mat'",
    "rnn-memory": "dlcli rnn 'the cat sat on the mat' --without-memory",
    "rnn-added": "dlcli rnn 'the cat sat on the mat' --emit added-up --explain mat,0",
    "rnn-stateful": "dlcli rnn '1 0 2' '2 0 1' --cell lstm --initial-state '0.5 -0.5; 1 0' --stateful",
    "rnn-lengths": "dlcli rnn '3 1 2 0 0' --cell gru --lengths 3 --bptt",
    "rnn-binary": "dlcli rnn '1 0 0 1 0 0 1 0' --loss binary-cross-entropy --recurrent-activation tanh --cell gru --bptt",
    "rnn-explain": "dlcli rnn '1 0 0 0 0 1' --cell lstm --explain 2,0",
    "rnn-output": "dlcli rnn 'the cat sat on the mat' --emit outputs --explain cat,sat",
    "rnn-bptt": "dlcli rnn 'the cat sat on the mat' --cell gru --bptt",
    "rnn-shape": "dlcli rnn 'the cat sat' --bidirectional --layers 2 --shape many-to-one",
    "rnn-states": "dlcli rnn sample:sunspots --standardize --cell lstm --units 8 --bptt --truncate 20 --clip 1",
    "rnn-latch": "dlcli rnn '1 1; 0 0; 0 1; 1 0; 0 1' --cell latch",
    "seq2seq": "dlcli seq2seq 'the cat sees a dog' --weights sample:translator",
    "seq2seq-beam": "dlcli seq2seq 'hears woman' --weights sample:translator --beam 3",
    "seq2seq-attention": "dlcli seq2seq 'the cat sat' --attention bahdanau --bidirectional --target 'die Katze sitzt'",
    "seq2seq-alignment": "dlcli seq2seq 'the cat sat' --attention luong-general --emit alignment --explain 0,cat",
    "seq2seq-draw": "dlcli seq2seq 'hears woman' --weights sample:translator --temperature 3 --top-p 0.95 --explain 0,die",
    "seq2seq-explain": "dlcli seq2seq 'the cat sees a dog' --weights sample:translator --explain 3,einen",
    "flatten": "dlcli flatten '1 2 3; 4 5 6'",
    "compare": "dlcli compare '1 2 4; 8 3 5' '1 2 4; 8 3.5 5' --atol 0.5",
    "compare-picture": "dlcli tensor sample:lines --multiply 3/4 | dlcli compare sample:lines --atol 64",
    "compare-explain": "dlcli compare '1 2; 3 4' '1 2; 3 4.5' --atol 0.5 --explain 1,1",
    "compare-several": "dlcli compare sample:translator sample:translator",
    "tensor": "dlcli tensor sample:exercise",
    "tensor-reshape": "dlcli tensor '1 2 3; 4 5 6' --reshape 3,2",
    "tensor-reshape-labels": "dlcli tensor sample:cat --index '102, 169:171' --reshape 3,2",
    "tensor-broadcast": "dlcli tensor '1; 2; 3' --broadcast '10 20 30 40'",
    "tensor-multiply": "dlcli tensor '[1, 2, 3]' --multiply 2",
    "tensor-dense": "dlcli tensor '1 2; 3 4' --matmul '1 0 -1; 2 1 1' --add '[0.5, 0, 0]'",
    "tensor-dense-explain": "dlcli tensor '1 2; 3 4' --matmul '1 0 -1; 2 1 1' --add '[0.5, 0, 0]' --explain 1,0",
}

#: Screens of words and counts, in which no number has a tone.
UNPAINTED = {
    *("summary", "summary-models", "summary-explain", "predict-writes", "predict-draw"),
    *("compare-explain", "compare-several"),
    *("td-mc", "td-dyna-q", "td-differential"),
}

#: Colours -> what the environment says of the terminal that shows them, and its widths.
TERMINALS = {
    "truecolour": ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, (80,)),
    "no-colour": ({"TERM": "xterm", "NO_COLOR": "1"}, (80, 120)),
}
KEPT = [(colours, width) for colours, (_, widths) in TERMINALS.items() for width in widths]


@pytest.fixture
def fresh_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich keeps the codes that a style was first written in: here each is written anew."""
    render = Style.render

    def anew(style: Style, *given: Any, **more: Any) -> str:
        style._ansi = None
        return render(style, *given, **more)

    monkeypatch.setattr(Style, "render", anew)


@pytest.mark.usefixtures("fresh_colours")
@pytest.mark.parametrize("name", LINES)
def test_the_screens_are_as_recorded(
    name: str, shell: Any, also_on: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parent)
    first, *others = ({"variables": TERMINALS[colours][0], "width": width} for colours, width in KEPT)
    pages = also_on(*others)
    ended = shell(LINES[name], stdout_is_terminal=True, **first)
    # What learns says how each epoch went.
    assert (ended.code, re.sub(r"^(epoch |\S+ on ).*\n", "", ended.err, flags=re.MULTILINE)) == (0, "")
    shown = [ended.out, *(page.getvalue().decode() for page in pages)]
    for (colours, width), screen in zip(KEPT, shown, strict=True):
        check_screen(screen, name, colours, width)


def check_screen(shown: str, name: str, colours: str, width: int) -> None:
    """Whether a screen is as recorded, fits, and has the colours of its terminal and no others."""
    file = SCREENS / f"{name}-{width}-{colours}.txt"
    if os.environ.get("DLCLI_RECORD"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(shown.encode())
    assert shown == file.read_bytes().decode()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(cell_len, plain.split("\n"))) <= width
    if colours == "no-colour":
        assert " \n" not in shown  # text in a log or a diff carries no blanks that nobody sees
    codes = " ".join(re.findall(r"\x1b\[([0-9;]*)m", shown))
    painted, coloured = re.search(r"[34]8;2;", codes), re.search(r"\b(3|4|9|10)[0-7]\b", codes)
    assert bool(painted) == (colours == "truecolour" and name not in UNPAINTED)
    assert not re.search(r"[34]8;5;", codes)
    assert bool(coloured) == (colours != "no-colour") or name in UNPAINTED


def test_no_record_is_left_over() -> None:
    known = {f"{name}-{width}-{colours}.txt" for name in LINES for colours, width in KEPT}
    assert {file.name for file in SCREENS.iterdir()} == known


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_a_screen(name: str) -> None:
    assert any(line.split(" | ")[-1].split()[1] == name for line in LINES.values())
