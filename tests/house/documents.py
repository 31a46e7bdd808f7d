"""The papers at the root against the tree: folders, commands, version, lock file, decisions."""

import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TOP = {
    *("desktop", "sync", "resources", "installer", "tests"),
    *("pyproject.toml", "requirements.lock", "Makefile", "README.md", "CHANGELOG.md", "LICENSE"),
}
HEADINGS = ("## Context", "## Decision", "## Consequences", "## Alternatives")
PAGE = 60


def strangers(root: Path) -> list[str]:
    """Files and folders at the root that the house has no place for; ignored and dot files are not looked at."""
    ignored = [line.strip("/") for line in (root / ".gitignore").read_text(encoding="utf-8").split()]
    names = {path.name for path in root.iterdir() if not path.name.startswith(".")}
    return sorted(name for name in names - TOP if not any(fnmatch(name, pattern) for pattern in ignored))


def promised_commands(root: Path) -> set[str]:
    """The words after `make` in the README's code."""
    text = (root / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL)
    return {word for block in code for word in re.findall(r"\bmake ([a-z]+)", block)}


def targets(root: Path) -> set[str]:
    """What the Makefile declares as commands."""
    text = (root / "Makefile").read_text(encoding="utf-8")
    return set(" ".join(re.findall(r"^\.PHONY:(.*)$", text, re.MULTILINE)).split())


def listed(root: Path) -> set[str]:
    """What `make help` prints."""
    shown = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^\s*make ([a-z]+)\s+\S", shown, re.MULTILINE))


def versions(root: Path) -> tuple[str, str]:
    """The version of the package and of the newest entry in the change log."""
    with (root / "pyproject.toml").open("rb") as file:
        package = str(tomllib.load(file)["project"]["version"])
    log = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[?([^\]\s]+)", log, re.MULTILINE)
    return package, newest.group(1) if newest else ""


def lock_faults(root: Path) -> list[str]:
    """Lines of the lock that name a place to fetch from, or a package without a version or a hash."""
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    places = [line for line in text.splitlines() if re.search(r"://|^\s*-|--(index|extra|find)", line)]
    places = [line for line in places if not re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}( \\)?", line)]
    entries = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    loose = [line.split()[0] for line in entries if "==" not in line.split()[0] or "--hash=sha256:" not in line]
    return places + loose


def lock_gaps(root: Path) -> list[str]:
    """What `pyproject.toml` asks for and the lock does not give: a package, or a version in the wanted range."""
    with (root / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [Requirement(text) for group in (project.get("dependencies", []), *extras) for text in group]
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.MULTILINE))
    versions_held = [(each, locked.get(canonicalize_name(each.name))) for each in wanted]
    return [str(each) for each, version in versions_held if version is None or version not in each.specifier]


def broken_links(root: Path) -> list[str]:
    """Links between our own papers that lead nowhere."""
    papers = [*root.glob("*.md"), *(path for folder in TOP for path in (root / folder).glob("**/*.md"))]
    return sorted(
        {
            f"{paper.relative_to(root)}: {target}"
            for paper in papers
            for target in re.findall(r"\]\(([^)#\s]+)", paper.read_text(encoding="utf-8"))
            if "://" not in target and not (paper.parent / target).exists()
        }
    )


def decision_faults(root: Path) -> list[str]:
    """Decisions that miss a heading, run over a page, or leave a gap in the numbers."""
    papers = sorted((root / "resources" / "decisions").glob("*.md"))
    faults = []
    for number, paper in enumerate(papers):
        text = paper.read_text(encoding="utf-8")
        faults += [f"{paper.name}: no {heading}" for heading in HEADINGS if heading not in text]
        if len(text.splitlines()) > PAGE:
            faults.append(f"{paper.name}: longer than a page")
        if not paper.name.startswith(f"{number:04d}-"):
            faults.append(f"{paper.name}: expected number {number:04d}")
    return faults
