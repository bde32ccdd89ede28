"""Lets these files use what the tests of whole processes have: the stack, and a gateway's end."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in (ROOT / "Tests" / "EndToEnd", ROOT / "Tests" / "Torture"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
