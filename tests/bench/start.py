"""Cold start: from the process's start to the first paint, beside a bare PySide6 window in the same run."""

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
    bare, product = [], []
    for _ in range(2 if smoke else 7):
        bare.append(_until_painted("bare"))
        product.append(_until_painted("product", str(folder)))
    ratio = median(product) / median(bare)
    return [
        Measured("bare PySide6 window", median(bare), "ms", note="median, process start to first paint, offscreen"),
        Measured("unlock screen", median(product), "ms", note="median, the same"),
        Measured("unlock screen / bare window", ratio, "×", "≤", 2.0),
    ]


def _until_painted(*what: str) -> float:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.painted", *what], stdout=subprocess.PIPE, cwd=ROOT, env=environment
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        span = time.perf_counter() - began
    assert said == b"painted\n", f"{what}: no paint"
    return span * 1000
