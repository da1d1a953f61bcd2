#!/usr/bin/env python3
"""The table of settings in README.md is the list of Sources/OknoApp/Settings.swift.

`settings.py write` brings the table up to the list.
"""

import re
import sys

from sources import ROOT, finish

README = ROOT / "README.md"
HEAD = "| In `okno.json` | In the environment | Default | Meaning |\n|---|---|---|---|\n"


def listed():
    source = (ROOT / "Sources/OknoApp/Settings.swift").read_text(encoding="utf-8")
    found = re.findall(r'Definition\(\s*name: "([^"]+)",\s*standard: "([^"]+)",\s*meaning:\s*"([^"]+)"\s*\)', source)
    if len(found) != source.count("Definition(\n") + source.count("Definition(name"):
        raise SystemExit("Settings.swift: a definition has a shape that this check does not read")
    return HEAD + "".join(
        f"| `{name}` | `OKNO_{name.upper().replace('-', '_')}` | {standard} | {meaning} |\n"
        for name, standard, meaning in found)


def main():
    readme, table = README.read_text(encoding="utf-8"), listed()
    if "write" in sys.argv:
        start = readme.index(HEAD)
        end = re.compile(r"(?:\|.*\n)+").match(readme, start).end()
        README.write_text(readme[:start] + table + readme[end:], encoding="utf-8")
    elif table not in readme:
        wrong = [f"README.md lacks the line: {line}" for line in table.splitlines() if line not in readme]
        finish(wrong or ["README.md: the table of settings is in another order"], "")
    finish([], f"{table.count(chr(10)) - 2} settings")


main()
