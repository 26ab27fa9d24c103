"""Make ``austen.txt``: the first volume of a novel, out of the whole of it.

``python samples/make_austen.py senseandsensibility.txt`` writes it beside this file, from the lines of the
data set ``sensesensibility`` of the R package janeaustenr, which are those of Project Gutenberg's text 161
without its front and end.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: The first line of the first chapter, and that behind the last of the first volume.
BEGINS, ENDS = "CHAPTER 1\n", "[At this point in the first and second editions, Volume 1 ends.]"

if __name__ == "__main__":
    novel = Path(sys.argv[1]).read_text(encoding="ascii")
    volume = novel[novel.index(BEGINS) : novel.index(ENDS)].rstrip() + "\n"
    Path(__file__).with_name("austen.txt").write_text(volume, encoding="ascii")
