"""Judges what a run left behind: checker.py FOLDER.

Prints each invariant with what breaks it, and exits with 1 if anything does. It shares nothing with
the processes but the files that they wrote.
"""

import pathlib
import sys

from evidence import Evidence
from invariants import INVARIANTS, judged_by_the_driver

SHOWN = 10


def check(folder):
    """The violations by invariant; those without any are left out."""
    evidence = Evidence(pathlib.Path(folder))
    found = {
        name: [*judge(evidence), *judged_by_the_driver(name, evidence)]
        for name, (_, judge) in INVARIANTS.items()
    }
    return {name: violations for name, violations in found.items() if violations}


def report(violations):
    """The same as lines of text."""
    lines = []
    for name, (title, _) in INVARIANTS.items():
        found = violations.get(name, [])
        lines.append(f"{name:4} {title}: {'holds' if not found else f'BROKEN {len(found)} times'}")
        lines += [f"     {one}" for one in found[:SHOWN]]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        sys.exit("usage: checker.py FOLDER, the folder of a run")
    violations = check(sys.argv[1])
    print(report(violations))
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
