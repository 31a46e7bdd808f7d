"""Where things lie: the program's own resources and the person's data folder. Opens and creates nothing."""

import os
import sys
from pathlib import Path


def resources_root() -> Path:
    """The `resources/` folder, from a checkout or from a frozen bundle."""
    bundle = getattr(sys, "_MEIPASS", None)
    base = Path(bundle) if bundle else Path(__file__).resolve().parent.parent
    return base / "resources"


def resource(*parts: str) -> Path:
    """A file of the program below `resources/`, for example `resource("icons", "lock.svg")`."""
    return resources_root().joinpath(*parts)


def spool_root(data: Path) -> Path:
    """The spool of this computer: `CAUSEWAY_SPOOL`, else the machine-wide folder if the installation made one that may
    be written to, else a folder beside the profiles.
    """
    if override := os.environ.get("CAUSEWAY_SPOOL"):
        return Path(override)
    if sys.platform == "win32":
        shared = Path(os.environ.get("PROGRAMDATA", "C:/ProgramData")) / "Causeway" / "spool"
    elif sys.platform == "darwin":
        shared = Path("/Users/Shared/Causeway/spool")
    else:
        shared = Path("/var/lib/causeway/spool")
    return shared if shared.is_dir() and os.access(shared, os.W_OK) else data / "spool"


def data_root() -> Path:
    """The person's data folder, outside the install folder: `CAUSEWAY_DATA`, else the platform's local data folder."""
    if override := os.environ.get("CAUSEWAY_DATA"):
        return Path(override)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / "Causeway"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Causeway"
    return Path(os.environ.get("XDG_DATA_HOME", str(Path.home() / ".local" / "share"))) / "causeway"
