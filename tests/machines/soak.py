"""Long walks with faults: `python -m tests.machines.soak --steps 1000000 --jobs 2`, `make soak ARGS='--steps 5000'`.

Each walk has a seed of its own and is the same every time; a run can be taken up again at the seed it names last, and
a failure is repeated with `--seed N --steps 40`. Several runs beside each other do not meet. Ends with 1 on a failure.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

from tests.contracts.postgres import running_cluster
from tests.machines import rounds, stores

STEPS_OF_A_WALK = 40
SAID_EVERY_SECONDS = 60.0
SHOWN = 20


@dataclass
class Tally:
    """What was walked. `failures`: seed and what was seen."""

    steps: int = 0
    walks: int = 0
    failures: list[str] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    def line(self, seed: int, seconds: float) -> str:
        faults = sum(self.happened[kind] for kind in {*stores.FAULTS, "power_cut", "restored", "disk_put_back"})
        return (
            f"soak: {self.steps} steps in {self.walks} walks, {faults} faults struck, {len(self.failures)} failures,"
            f" {seconds:.0f} s; next seed {seed}"
        )


def one_walk(seed: int, database: str) -> tuple[int, Counter[str], str]:
    """Steps, what happened, and "" or what went wrong. One walk in three has laptops of memory, which are quicker."""
    try:
        if seed % 3 == 2 and not database:
            return STEPS_OF_A_WALK, rounds.walk(seed, STEPS_OF_A_WALK), ""
        return STEPS_OF_A_WALK, stores.walk(seed, STEPS_OF_A_WALK, database), ""
    except Exception as fault:  # noqa: BLE001  a walk that broke is a failure to be told, whatever broke it
        return STEPS_OF_A_WALK, Counter(), f"seed {seed}: {type(fault).__name__} {str(fault).partition(chr(10))[0]}"


def soak(steps: int, seed: int, pool: Executor, databases: Sequence[str]) -> Tally:
    """At least so many steps; as many walks at a time as there are `databases` ("" for SQLite)."""
    tally, began, said = Tally(), time.monotonic(), time.monotonic()
    seeds = count(seed)
    begun = 0
    running: dict[Future[tuple[int, Counter[str], str]], str] = {}
    free = list(databases)
    while running or begun * STEPS_OF_A_WALK < steps:
        while free and begun * STEPS_OF_A_WALK < steps:
            database = free.pop()
            running[pool.submit(one_walk, next(seeds), database)] = database
            begun += 1
        done, _ = wait(running, timeout=5, return_when="FIRST_COMPLETED")
        for one in done:
            free.append(running.pop(one))
            walked, happened, failure = one.result()
            tally.steps += walked
            tally.walks += 1
            tally.happened += happened
            if failure:
                tally.failures.append(failure)
                print(failure, flush=True)
        if time.monotonic() - said > SAID_EVERY_SECONDS:
            said = time.monotonic()
            print(tally.line(seed + begun, said - began), flush=True)
    print(tally.line(seed + begun, time.monotonic() - began), flush=True)
    return tally


@contextmanager
def databases_for(jobs: int, *, postgres: bool) -> Iterator[list[str]]:
    """A database for each job."""
    if not postgres:
        yield [""] * jobs
        return
    for cluster in running_cluster():
        yield [cluster.new_database() for _ in range(jobs)]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="soak", description="Weighted random walks with faults.")
    parser.add_argument("--steps", type=int, default=20_000, help="how many steps at least (a million by hand)")
    parser.add_argument("--seed", type=int, default=None, help="of the first walk; without it another each time")
    parser.add_argument("--jobs", type=int, default=1, help="walks at a time, each in a process of its own")
    parser.add_argument("--postgres", action="store_true", help="on a throw-away PostgreSQL instead of SQLite")
    options = parser.parse_args(arguments)
    seed = random.randrange(10**9) if options.seed is None else options.seed  # noqa: S311  named so that it can be repeated
    print(f"soak: begins at seed {seed}", flush=True)
    with databases_for(options.jobs, postgres=options.postgres) as databases, ProcessPoolExecutor(options.jobs) as pool:
        tally = soak(options.steps, seed, pool, databases)
    for failure in tally.failures[:SHOWN]:
        print(failure)
    return 1 if tally.failures else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
