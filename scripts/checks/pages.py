#!/usr/bin/env python3
"""Templates: what they name exists, nothing in them runs or styles by itself, and raw HTML comes only by known doors.

Every template that Swift or another template names exists; every [[key]] is in both catalogues; no
inline script, style or handler (the Content-Security-Policy would silently refuse it); {{{raw}}} only for fields that Swift
has made safe.
"""

import json
import re

from sources import ROOT, code, files, finish, line_of, name

TEMPLATES = ROOT / "share/okno/templates"
# body: a rendered template; html: SafeText.html or History.html; snippet: Searching.passage.
RAW = {"body", "html", "snippet"}

INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)",
    "a style in the page": r"<style\b|\sstyle\s*=",
    "a handler in the page": r"\son[a-z]+\s*=|\bhx-on\b|javascript:|hx-vals=.js:",
    "an address of another host": r"""\b(?:src|href|action)\s*=\s*["']?(?:https?:)?//""",
}


def keys(language):
    found = set()
    for path in files(f"share/okno/text/{language}", ".json"):
        found |= json.loads(path.read_text(encoding="utf-8")).keys()
    return found


def main():
    catalogues = {language: keys(language) for language in ("ru", "en")}
    known, named, faults = set(), {}, []
    for path in files("share/okno/templates", ".mustache"):
        text, own = path.read_text(encoding="utf-8"), path.relative_to(TEMPLATES).with_suffix("").as_posix()
        known.add(own)
        # The head of a template is a comment and may speak of anything.
        text = re.sub(r"\{\{!.*?\}\}", lambda match: re.sub(r"[^\n]", " ", match.group()), text, flags=re.S)

        def fault(match, what):
            faults.append(f"{name(path)}:{line_of(text, match.start())}: {what}")

        for match in re.finditer(r"\{\{>\s*([^\s}]+)\s*\}\}", text):
            named.setdefault(match.group(1), f"{name(path)}:{line_of(text, match.start())}")
        for match in re.finditer(r"\[\[([^\]]+)\]\]", text):
            for language, catalogue in catalogues.items():
                if match.group(1) not in catalogue:
                    fault(match, f"{match.group(1)} is not in the catalogue “{language}”")
        for what, pattern in INLINE.items():
            for match in re.finditer(pattern, text, re.I):
                fault(match, what)
        for match in re.finditer(r"\{\{(?:\{|&)\s*([^}\s]+)", text):
            if match.group(1) not in RAW:
                fault(match, f"{match.group(1)} goes into the page as it is")
    rooms = "|".join(sorted({own.split("/")[0] for own in known}))
    for path in files("Sources", ".swift"):
        text = code(path)
        for match in re.finditer(rf'"((?:{rooms})/_?[a-z][a-z-]*)"', text):
            named.setdefault(match.group(1), f"{name(path)}:{line_of(text, match.start())}")
    faults += [f"{place}: there is no template {own}" for own, place in named.items() if own not in known]
    finish(faults, f"{len(known)} templates")


main()
