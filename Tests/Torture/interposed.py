"""C libraries of this folder that stand between a process and the system's own."""

import shutil
import subprocess

from paths import ROOT
from trial import Impossible


def compiled(stack, name):
    """The library of that name, made from its source for this run."""
    library = stack.folder / f"{name}.so"
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        raise Impossible("no C compiler")
    source = ROOT / "Tests" / "Torture" / f"{name}.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library
