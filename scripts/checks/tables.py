#!/usr/bin/env python3
"""A table is written only by the target whose schema makes it, and rows that tell what happened are never deleted.

`tables.py deletions` checks the second, `tables.py` the first.
"""

import re
import sys

from sources import code, files, finish, line_of, name, target

# Made among the first tables of all, by Storage.
OWNERS = dict.fromkeys(["event", "log_cursor", "lease", "timer", "node"], "EventLog")

# Who else writes where, and why.
ALSO = {
    "Sources/OknoApp/Sweeping.swift": {"session", "sign_in_guard", "upload"},  # what nobody will come back for
    "Sources/OknoApp/Demo/": {"activity", "reading", "upload"},  # the past of a made-up organisation
    "Sources/Bench/": None,  # seeds a database of its own
    "Sources/TestOffice/": None,  # sets up what tests need
    "Sources/StorageSQLite/": {"lane"}, "Sources/StoragePostgres/": {"lane"},  # the counters of a lane
}

# Working rows, which are removed when their work is done, and settings that are replaced as a whole. All other rows stay.
PASSING = {
    "lease", "node", "timer",  # who does what just now
    "notice", "notice_choice", "letter", "push_job",  # what the log tells already; what a form holds; letters long after they went
    "draft", "presence", "routing_case", "reaction", "talk_reaction",  # what a person begins and takes back
    "call_ticket",  # good for one minute
    "control_token",  # good for one minute
    "connection_check", "connection_step", "connection_figure",  # how it was months ago
    "recording_part",  # as long as the organisation keeps a recording; that it was made stays
    "session", "sign_in_guard", "upload",  # long after they have ended
    "calendar_day", "duty_rule", "line_audience", "line_hours", "line_way", "organisation_logo", "sign_in_name", "unattended_line",  # what a form holds is written anew
}

WRITE = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)")


def tables():
    """Each table with the target that makes it."""
    found = {}
    for path in files("Sources", ".swift"):
        for table in re.findall(r"CREATE (?:VIRTUAL )?TABLE (?:IF NOT EXISTS )?(\w+)", code(path)):
            found[table] = target(path)
    return found | OWNERS


def may_also(path, table):
    return any(name(path).startswith(place) and (which is None or table in which) for place, which in ALSO.items())


def main(deletions):
    owners, faults, count = tables(), [], 0
    for path in files("Sources", ".swift"):
        text = code(path)
        for match in WRITE.finditer(text):
            verb, table = match.groups()
            if table not in owners:
                continue
            count += 1
            where = f"{name(path)}:{line_of(text, match.start())}"
            if deletions:
                if verb == "DELETE FROM" and table not in PASSING and not name(path).startswith("Sources/TestOffice/"):
                    faults.append(f"{where}: deletes rows of {table}")
            elif owners[table] != target(path) and not may_also(path, table):
                faults.append(f"{where}: writes {table}, a table of {owners[table]}")
    finish(faults, f"{count} writing statements on {len(owners)} tables")


main(deletions="deletions" in sys.argv)
