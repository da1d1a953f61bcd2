"""What the checks share: the source files, and how a check says what is wrong."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(folder, suffix):
    """Paths below a folder of the project, in order."""
    return sorted(path for path in (ROOT / folder).rglob(f"*{suffix}") if "vendor" not in path.parts)


def name(path):
    return path.relative_to(ROOT).as_posix()


def target(path):
    """The target that a Swift file belongs to."""
    return path.relative_to(ROOT).parts[1]


def code(path):
    """The text of a Swift file, comments blanked, lines kept."""
    return "\n".join(
        re.sub(r"(^|\s)//.*", "", line) for line in path.read_text(encoding="utf-8").splitlines())


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def finish(faults, done):
    """Ends the program: silently well, or with one line a fault."""
    for fault in faults:
        print(fault)
    if faults:
        sys.exit(1)
    print(done)
