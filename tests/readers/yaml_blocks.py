"""Prints where the diagnostics of a report in TAP say that something went wrong, and how they explain it."""

import re
import sys
from pathlib import Path

import yaml

text = Path(sys.argv[1]).read_text()
for block in re.findall(r"^  ---\n(.*?)^  \.\.\.\n", text, re.MULTILINE | re.DOTALL):
    told = yaml.safe_load(block)
    at = told["at"]
    print(at["file"], at.get("line"), at.get("column"), repr(told.get("explanation", "")), sep=" | ")
