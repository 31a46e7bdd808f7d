"""Cold start: from the process's start to the first paint, beside a bare PySide6 window in the same run.

Both run from compiled modules, as an installed program does and whatever this shell says about writing them: each is
started once without being counted.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from desktop.crypto.keychain import Keychain
from desktop.profiles import Profiles
from tests.bench.measure import Measured, median
from tests.e2e.laptop import CHEAP, no_keyring
from tests.e2e.processes import ROOT


def start(folder: Path, *, smoke: bool) -> list[Measured]:
    """Bare and product in turn, so that both meet the same weather."""
    Profiles(Keychain(no_keyring), folder).create("Desk one", "four invented words", cost=CHEAP)
    bare: list[float] = []
    product: list[float] = []
    bare_cpu: list[float] = []
    product_cpu: list[float] = []
    for run in range(3 if smoke else 8):
        for what, walls, sums in ((("bare",), bare, bare_cpu), (("product", str(folder)), product, product_cpu)):
            wall, cpu = _until_painted(folder / "compiled", *what)
            if run:
                walls.append(wall)
                sums.append(cpu)
    ratio, cpu_ratio = median(product) / median(bare), median(product_cpu) / median(bare_cpu)
    return [
        Measured("bare PySide6 window", median(bare), "ms", note="median, process start to first paint, offscreen"),
        Measured("unlock screen", median(product), "ms", note="median, the same"),
        Measured("unlock screen / bare window", ratio, "×", "≤", 2.0),
        Measured("  the same in CPU", cpu_ratio, "×", note="other load shows less"),
    ]


def _until_painted(compiled: Path, *what: str) -> tuple[float, float]:
    """Milliseconds, and CPU-milliseconds."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.painted", *what], stdout=subprocess.PIPE, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        span = time.perf_counter() - began
    word, _, cpu = said.decode().partition(" ")
    assert word == "painted", f"{what}: no paint"
    return span * 1000, float(cpu) * 1000
