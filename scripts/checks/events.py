#!/usr/bin/env python3
"""Events hold ids, codes and numbers: the names of their fields are this closed list, so that a new one is looked at twice."""

import re

from sources import code, files, finish, line_of, name

FIELDS = {
    # ids
    "client", "line", "parent", "person", "topic", "unit", "session", "by",
    # ids or codes, before and after
    "from", "to",
    # codes
    "fields", "kind", "level", "origin", "priority", "role", "side", "why", "policy", "state", "way",
    # numbers
    "answer", "day", "deadline", "minutes", "opens", "people", "rating", "total", "units", "until",
}

CALL = re.compile(r"\b(?:EventLog\.append|tell|record)\(|\bdata: \[|\bEventData = \[")
CLOSING = {"(": ")", "[": "]"}


def inside(text, start):
    """From an opening bracket to the closing one."""
    stack = []
    for position in range(start, len(text)):
        sign = text[position]
        if sign in CLOSING:
            stack.append(CLOSING[sign])
        elif stack and sign == stack[-1]:
            stack.pop()
            if not stack:
                return text[start:position]
    return ""


def main():
    faults, count = [], 0
    for path in files("Sources", ".swift"):
        text = code(path)
        for match in CALL.finditer(text):
            count += 1
            for field in re.findall(r'"([A-Za-z_-]+)":', inside(text, match.end() - 1)):
                if field not in FIELDS:
                    faults.append(f"{name(path)}:{line_of(text, match.start())}: an event with a field “{field}”")
    finish(sorted(set(faults)), f"{count} places that write events")


main()
