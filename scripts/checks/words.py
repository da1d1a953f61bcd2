#!/usr/bin/env python3
"""The catalogues: the same keys and placeholders in both languages, the plural forms each needs, and no key missing.

A key that Swift names in full must exist; of a key that is put together at run time («requests.state.\\(state)») some key must
begin like it. Each fault that a room may tell a person of has its words.
"""

import json
import re

from sources import code, files, finish, line_of, name

LANGUAGES = {"ru": {"one", "few", "many"}, "en": {"one", "other"}}

ROOMS = {"zones": "web"}  # a long list apart


def read(language):
    entries, faults = {}, []
    for path in files(f"share/okno/text/{language}", ".json"):
        def unique(pairs, path=path):
            if len({key for key, _ in pairs}) != len(pairs):
                seen = set()
                faults.extend(f"{name(path)}: {key} stands there twice" for key, _ in pairs if key in seen or seen.add(key))
            return dict(pairs)

        for key, value in json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=unique).items():
            if not key.startswith(ROOMS.get(path.stem, path.stem) + "."):
                faults.append(f"{name(path)}: {key} belongs to another file")
            if isinstance(value, dict) and set(value) != LANGUAGES[language]:
                faults.append(f"{name(path)}: {key} has the forms {', '.join(value)}")
            entries[key] = value
    return entries, faults


def placeholders(value):
    forms = value.values() if isinstance(value, dict) else [value]
    return set(re.findall(r"\{([a-z]+)\}", " ".join(forms)))


def main():
    (russian, faults), (english, more) = read("ru"), read("en")
    faults += more
    faults += [f"only in Russian: {key}" for key in sorted(russian.keys() - english.keys())]
    faults += [f"only in English: {key}" for key in sorted(english.keys() - russian.keys())]
    for key in sorted(russian.keys() & english.keys()):
        if isinstance(russian[key], dict) != isinstance(english[key], dict):
            faults.append(f"{key}: counted in one language only")
        elif placeholders(russian[key]) - {"n"} != placeholders(english[key]) - {"n"}:
            faults.append(f"{key}: other placeholders in Russian than in English")
    rooms = "|".join(sorted({key.split(".")[0] for key in russian}))
    known = russian.keys()
    for path in files("Sources", ".swift"):
        text = code(path)
        for match in re.finditer(rf'"((?:{rooms})\.[a-z0-9.-]*)(\\\()?', text):
            key, isBeginning = match.groups()
            # Kinds of events and of timers are named after their room too.
            if text[:match.start()].endswith(("EventKind(", "timer = ")):
                continue
            if key in known or key.endswith(".css"):
                continue
            if isBeginning and any(other.startswith(key) for other in known):
                continue
            if text[match.end():match.end() + 1] == '"' or isBeginning:
                faults.append(f"{name(path)}:{line_of(text, match.start())}: no text for {key}")
    for path in files("Sources", "Error.swift"):
        text = code(path)
        made = re.search(r'"([a-z]+\.error\.)\\\(rawValue(\.lowercased\(\))?\)"', text)
        if not made:
            continue  # its keys stand in full and were looked for above
        for cases in re.findall(r"^    case ([a-z].*)", text, re.M):
            for case in cases.split(","):
                word = case.split('"')[1] if '"' in case else case.strip()
                key = made.group(1) + (word.lower() if made.group(2) else word)
                if key not in known:
                    faults.append(f"{name(path)}: no text for {key}")
    finish(faults, f"{len(known)} texts in {len(LANGUAGES)} languages")


main()
