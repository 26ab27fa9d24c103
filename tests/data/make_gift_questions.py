"""Ask gift-pegjs how it reads a GIFT file of every kind of answer and of hostile texts.

Run by hand from the root of the tree, in a folder where ``npm install gift-pegjs`` was run:
    NODE_PATH=FOLDER/node_modules python tests/data/make_gift_questions.py
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from dlcli.engines.base.slips import SLIPS
from dlcli.teaching.forms.gift import gift
from dlcli.teaching.forms.manner import Manner
from tests.teaching.forms import sheets

READ = """
const read = require('gift-pegjs'), fs = require('fs');
const short = one => one && one.text !== undefined ? one.text : one;
console.log(JSON.stringify(read.parse(fs.readFileSync(0, 'utf8')).map(one => ({
  type: one.type, title: one.title, stem: short(one.stem), general: short(one.globalFeedback),
  choices: (one.choices || []).map(each => [each.isCorrect, each.weight, short(each.text), short(each.feedback)]),
  pairs: (one.matchPairs || []).map(each => [short(each.subquestion), each.subanswer]),
}))));
"""

if __name__ == "__main__":
    SLIPS[sheets.OTHER] = sheets.other_book()
    text = gift([sheets.made(), sheets.hostile()], Manner())
    said = subprocess.run(["node", "-e", READ], input=text, capture_output=True, text=True, check=True).stdout
    stored = {"text": text, "questions": json.loads(said)}
    path = Path(__file__).parent / "quizzes" / "gift_questions.json"
    path.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n")
