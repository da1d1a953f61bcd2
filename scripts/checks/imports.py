#!/usr/bin/env python3
"""A target imports only what Package.swift gives it, and Package.swift lists targets from the ground up.

The compiler lets a file import an undeclared target as long as something else has built it; this check does not.
`imports.py doors`: each outside library is imported by the one target that is its door.
"""

import re
import sys

from sources import ROOT, code, files, finish, name, target

# What comes with the toolchain.
SYSTEM = {"Swift", "Foundation", "Glibc", "Musl", "Darwin", "Dispatch", "Synchronization", "Testing"}
# `swift-system` under two names, wherever Subprocess is a dependency: its interface speaks in FilePath.
WITH = {"Subprocess": {"System", "SystemPackage"}}

DOORS = {
    "GRDB": {"StorageSQLite"}, "GRDBSQLite": {"StorageSQLite"}, "CLibPQ": {"StoragePostgres"},
    "CStemmer": {"TextSearch"}, "CArgon2": {"Secrets"}, "CXlsxWriter": {"Sheets"}, "CMarkGFM": {"Markup"}, "NIOWebSocket": {"Live", "OknoApp"}, "NIOSSL": {"Live", "Mail", "Push", "OknoApp"}, "HummingbirdCore": {"Live"},
    "CZlib": {"Files"}, "CCurl": {"Agent"}, "CX11": {"Agent"},
    "X509": {"OknoApp"}, "ArgumentParser": {"okno"},
    "Crypto": {"Secrets", "Agent", "Files", "Turn", "Push", "Web", "OknoApp"},
    # Two children: the maker of previews, and PostgreSQL's own dump.
    "Subprocess": {"Files", "OknoApp"},
}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:package|public|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?([A-Z]\w*)", re.M)


def balanced(text, start):
    """From an opening parenthesis to its end."""
    depth = 0
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return text[start + 1:position]
    raise SystemExit("Package.swift: parentheses do not match")


def declared():
    """Each target with what it may import, in the order of Package.swift."""
    text = code(ROOT / "Package.swift").split("targets: [\n", 1)[1]
    targets = {}
    for match in re.finditer(r"(room|tests|\.executableTarget|\.systemLibrary)\(", text):
        inside = balanced(text, match.end() - 1)
        own = re.search(r'(?:name:\s*)?"([\w-]+)"', inside)
        products = re.findall(r'product\("(\w+)"', inside)
        dependencies = inside[inside.find("[", own.end()):] if "[" in inside[own.end():] else ""
        if match.group(1) == ".systemLibrary":
            dependencies = ""
        plain = re.findall(r'"(\w+)"', re.sub(r"product\([^)]*\)", "", dependencies))
        targets[own.group(1)] = plain + products
    return targets


def doors():
    faults = []
    for path in files("Sources", ".swift"):
        faults += [f"{name(path)}: imports {module}, whose door is {', '.join(sorted(DOORS[module]))}"
                   for module in IMPORT.findall(code(path)) if target(path) not in DOORS.get(module, {target(path)})]
    finish(faults, f"{len(DOORS)} doors")


def main():
    targets, faults, seen = declared(), [], set()
    ours = set(targets)
    for owner, dependencies in targets.items():
        seen.add(owner)
        faults += [f"Package.swift: {owner} names {other}, which comes after it"
                   for other in dependencies if other in ours - seen]
    count = 0
    for path in files("Sources", ".swift") + files("Tests", ".swift"):
        owner = target(path)
        if owner not in targets:
            faults.append(f"{name(path)}: Package.swift has no target {owner}")
            continue
        allowed = SYSTEM | set(targets[owner]) | {owner}
        for dependency, more in WITH.items():
            if dependency in allowed:
                allowed |= more
        for module in IMPORT.findall(code(path)):
            count += 1
            if module not in allowed:
                faults.append(f"{name(path)}: imports {module}, which Package.swift does not give to {owner}")
    finish(faults, f"{count} imports of {len(targets)} targets")


doors() if "doors" in sys.argv else main()
