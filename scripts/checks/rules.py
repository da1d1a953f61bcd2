#!/usr/bin/env python3
"""Rules are functions of values: the files named here have no await, no clock and no database."""

import re

from sources import ROOT, code, finish, line_of

RULES = [
    "Kernel/LocalTime.swift", "Kernel/PersonName.swift", "Kernel/Text.swift", "Kernel/Viewer.swift",
    "People/Colour.swift", "People/PasswordRule.swift", "People/TaxNumbers.swift",
    "Calls/CallRule.swift", "Calls/Recording/ConsentRule.swift",
    "Connection/WayRule.swift",
    "Duty/DutySums.swift", "Duty/IdleRule.swift",
    "Lines/CalendarText.swift", "Lines/Norm.swift", "Lines/PlannedTime.swift", "Lines/WorkCalendar.swift",
    "Lines/WorkingHours.swift",
    "Notices/Deciding.swift", "Notices/Delivery.swift", "Notices/NoticeKind.swift",
    "Plans/Month.swift", "Plans/Repetition.swift",
    "Routing/RoutingRule.swift",
    "Monitor/Facts.swift", "Monitor/Forecast.swift", "Monitor/HangingRule.swift",
    "Requests/BoardMove.swift", "Requests/Deadlines.swift", "Requests/Permission.swift",
    "Requests/ReminderRule.swift",
    "RemoteControl/ControlRule.swift",
    "Reports/Chart.swift", "Reports/Period.swift", "Reports/Rhythm.swift", "Reports/Spread.swift",
    "Turn/Allocation.swift", "Turn/Attributes.swift", "Turn/Credentials.swift", "Turn/Dialogue.swift", "Turn/Frame.swift",
    "Turn/IceServers.swift", "Turn/STUNMessage.swift", "Turn/TransportAddress.swift",
    "Web/Dates.swift",
]

FORBIDDEN = re.compile(
    r"\b(?:await|async|actor|Task)\b|\bnow\(\)|(?<![\w)])\.now\b|\b[A-Z]\w*\.now\b|\bDate\(\)|\bContinuousClock\b|\btx\b|\w+Transaction\b|\bDatabase\b")


def main():
    faults = []
    for rule in RULES:
        path = ROOT / "Sources" / rule
        if not path.exists():
            faults.append(f"Sources/{rule} is gone: correct the list in scripts/checks/rules.py")
            continue
        text = code(path)
        faults += [f"Sources/{rule}:{line_of(text, match.start())}: {match.group()}" for match in FORBIDDEN.finditer(text)]
    finish(faults, f"{len(RULES)} files of rules")


main()
