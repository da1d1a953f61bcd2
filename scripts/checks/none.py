#!/usr/bin/env python3
"""none.py PATTERN PLACE… [except PLACE…]: no line of these files and folders matches, comments of Swift files apart.

A place that does not exist is a fault: a proof that looks nowhere proves nothing.
"""

import re
import sys

from sources import ROOT, code, finish, line_of, name


def paths(place):
    path = ROOT / place
    if not path.exists():
        sys.exit(f"none.py: there is no {place}")
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and "vendor" not in file.parts]


def main(pattern, *places):
    places = list(places)
    split = places.index("except") if "except" in places else len(places)
    spared = {file for place in places[split + 1:] for file in paths(place)}
    looked = sorted({file for place in places[:split] for file in paths(place)} - spared)
    faults = []
    for file in looked:
        try:
            text = code(file) if file.suffix == ".swift" else file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        faults += [f"{name(file)}:{line_of(text, match.start())}: {match.group().strip()}"
                   for match in re.finditer(pattern, text, re.M)]
    finish(faults, f"nothing in {len(looked)} files")


main(*sys.argv[1:])
