"""The command `causeway`: run, demo, selftest, check-form, gallery, doctor. Reads arguments, calls what does it.

Exit status: 0 done, 1 something was found wrong (said in words), 2 the arguments make no sense. Qt is loaded only by
the commands that show or try a window.
"""

import argparse
import gc
import importlib
import platform
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from desktop.errors import KnownError
from desktop.paths import data_root

DEMO = "desktop.demo"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except KnownError as error:
        print(f"{error.explanation.sentence} {error.explanation.remedy} ({error.code})", file=sys.stderr)
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="causeway", description="Case work for domestic-violence units, offline first."
    )
    parser.set_defaults(run=_run)
    commands = parser.add_subparsers(title="commands")
    run = commands.add_parser("run", help="open the program (the same as no command)")
    run.set_defaults(run=_run)
    demo = commands.add_parser("demo", help="open the practice partnership with invented people")
    demo.add_argument("--pictures", type=Path, help="drive the day without a display and save pictures here")
    demo.add_argument(
        "--as", "--member", dest="member", default="alder", help="whose laptop: alder, rowan, linden, yew or hazel"
    )
    demo.set_defaults(run=_demo)
    server = commands.add_parser("practice-server", help="the practice partnership's server; started by demo")
    server.add_argument("arguments", nargs=argparse.REMAINDER)
    server.set_defaults(run=_practice_server)
    selftest = commands.add_parser("selftest", help="start, make a profile, unlock it, open its store; all in passing")
    selftest.set_defaults(run=_selftest)
    check = commands.add_parser("check-form", help="read a spreadsheet form and say what is wrong with it")
    check.add_argument("workbook", type=Path)
    check.set_defaults(run=_check_form)
    sheet = commands.add_parser("gallery", help="every widget in every state, for whoever designs or checks them")
    sheet.add_argument("--theme", choices=("light", "dark", "contrast"), default="light")
    sheet.add_argument("--scale", type=int, choices=range(100, 201), metavar="100..200", default=100)
    sheet.add_argument("--picture", type=Path, help="save the sheet as a PNG and end")
    sheet.set_defaults(run=_gallery)
    doctor = commands.add_parser("doctor", help="say how this computer and its profiles stand; changes nothing")
    doctor.set_defaults(run=_doctor)
    return parser


def _run(_chosen: argparse.Namespace) -> int:
    gc.disable()  # nothing is garbage while the program is loaded; the window then collects on its own thread
    from desktop.app import run_window  # noqa: PLC0415  Qt is not loaded for the other commands

    return run_window(data_root())


def _demo(chosen: argparse.Namespace) -> int:
    """The practice partnership comes with the program but is no part of it: loaded by name, only here."""
    status: int = importlib.import_module(DEMO).run(chosen)
    return status


def _practice_server(chosen: argparse.Namespace) -> int:
    """The real server, in a process of its own: a frozen program has no other way to start one."""
    status: int = importlib.import_module(f"{DEMO}.serving").serve(chosen.arguments)
    return status


def _selftest(_chosen: argparse.Namespace) -> int:
    from desktop.selftest import selftest  # noqa: PLC0415  as above

    with tempfile.TemporaryDirectory() as folder:
        fault = selftest(Path(folder))
    print(f"selftest failed: {fault}" if fault else "selftest ok", file=sys.stderr if fault else sys.stdout)
    return 1 if fault else 0


def _check_form(chosen: argparse.Namespace) -> int:
    """One line for each problem and each thing that was read differently from how it is written; 1 when refused."""
    from desktop.forms.xlsform.importer import import_workbook  # noqa: PLC0415  a converter that only this command needs

    try:
        data = chosen.workbook.read_bytes()
    except OSError:
        raise KnownError("form.unreadable", "The workbook cannot be read.", "Check its name and your rights.") from None
    result = import_workbook(data, chosen.workbook.name)
    for problem in result.problems:
        print(f"{problem.severity:8} {problem.sheet or '-'}:{problem.row or '-'} {problem.message} ({problem.code})")
    for fix in result.fixes:
        print(f"read as  {fix.sheet or '-'}:{fix.row or '-'} {fix.message} ({fix.code})")
    print("refused" if result.xform is None else "usable")
    return 1 if result.xform is None else 0


def _gallery(chosen: argparse.Namespace) -> int:
    from desktop.sheet import show_gallery  # noqa: PLC0415  Qt is not loaded for the other commands

    return show_gallery(chosen.theme, chosen.scale, chosen.picture)


def _doctor(_chosen: argparse.Namespace) -> int:
    """Facts about this computer that IT can read out on the telephone; nothing of a person or a case."""
    from desktop.crypto.keychain import Keychain, Unavailable  # noqa: PLC0415  the keyring is asked by this command only
    from desktop.profiles import Profiles, State  # noqa: PLC0415  as above

    keychain = Keychain()
    kept = keychain.get("doctor")
    keyring = kept.reason.value if isinstance(kept, Unavailable) else "works"
    found = Profiles(keychain, data_root()).list()
    print(f"python    {platform.python_version()} on {platform.system()} {platform.machine()}")
    print(f"data      {data_root()}")
    print(f"keyring   {keyring}")
    for profile in found:
        print(f"profile   {profile.profile_id} {profile.state.value}")
    if not found:
        print("profile   none yet")
    return 1 if any(profile.state is State.DAMAGED for profile in found) else 0
