#!/usr/bin/env python3
"""Files stay small: the median under 100 lines, 95 of 100 under 250, none above 450. A sign to look, not a target."""

import statistics

from sources import files, finish, name


def main():
    sizes = sorted((len(path.read_text(encoding="utf-8").splitlines()), name(path)) for path in files("Sources", ".swift"))
    counts = [count for count, _ in sizes]
    median, most = statistics.median(counts), counts[int(len(counts) * 0.95)]
    faults = [f"{path}: {count} lines" for count, path in sizes if count > 450]
    if median >= 100:
        faults.append(f"the median is {median} lines")
    if most >= 250:
        faults.append(f"of 100 files 5 have {most} lines and more")
    finish(faults, f"{len(counts)} files, median {median:.0f} lines, 95 of 100 under {most}, the longest {counts[-1]}")


main()
