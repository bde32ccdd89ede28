"""Prints how many lines of each module the Swift tests ran.

Usage: coverage.py JSON, the file that `swift test --show-codecov-path` names. Lines that only whole
processes run (their start, mostly) count as not run here.
"""

import collections
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]


def main():
    report = json.loads(pathlib.Path(sys.argv[1]).read_text())
    modules = collections.defaultdict(lambda: [0, 0])
    for file in report["data"][0]["files"]:
        path = pathlib.Path(file["filename"])
        if not path.is_relative_to(ROOT / "Sources"):
            continue
        module = modules[path.relative_to(ROOT / "Sources").parts[0]]
        module[0] += file["summary"]["lines"]["covered"]
        module[1] += file["summary"]["lines"]["count"]
    total = [sum(column) for column in zip(*modules.values())] or [0, 0]
    print("Lines run by the Swift tests:")
    for name, (covered, count) in [*sorted(modules.items()), ("all", total)]:
        print(f"  {name:16} {covered:6} of {count:6}  {100 * covered / max(count, 1):5.1f} %")


main()
