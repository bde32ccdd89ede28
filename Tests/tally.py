"""Adds up what the test runners report and prints one line: N passed, N failed.

Usage: tally.py FOLDER FAILED_STEPS. Reads JUnit XML (*.xml) and TAP (*.tap) files. Steps that
failed without reporting a failing test (a crash, a missing report) count as failures of their own.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree


def junit(path):
    passed = failed = skipped = 0
    try:
        cases = list(xml.etree.ElementTree.parse(path).iter("testcase"))
    except xml.etree.ElementTree.ParseError:
        # Whoever wrote it died of something.
        return 0, 1, 0
    for case in cases:
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failed += 1
        elif "skipped" in kinds:
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def tap(path):
    text = path.read_text()
    counts = {kind: int(n) for kind, n in re.findall(r"^# (pass|fail|skipped) (\d+)$", text, re.M)}
    return counts.get("pass", 0), counts.get("fail", 0), counts.get("skipped", 0)


def main():
    folder, failed_steps = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    passed = failed = skipped = 0
    for path in sorted(folder.iterdir()):
        counts = tap(path) if path.suffix == ".tap" else junit(path)
        passed, failed, skipped = (a + b for a, b in zip((passed, failed, skipped), counts))
    failed = max(failed, failed_steps)
    if passed == 0:
        failed = max(failed, 1)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed else 0)


main()
