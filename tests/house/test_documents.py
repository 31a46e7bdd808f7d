"""The papers agree with the tree, and each disagreement is seen."""

from pathlib import Path

import pytest

from tests.house import documents
from tests.house.tree import ROOT


def test_every_folder_at_the_root_has_its_place() -> None:
    assert documents.strangers(ROOT) == []


def test_the_readme_promises_only_commands_that_exist() -> None:
    promised = documents.promised_commands(ROOT)
    assert {"run", "test"} <= promised
    assert promised <= documents.targets(ROOT)


def test_help_lists_every_command() -> None:
    assert documents.listed(ROOT) == documents.targets(ROOT)


def test_the_gate_runs_the_commands_of_the_readme() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make check" in gate
    assert "make test" in gate


def test_the_change_log_is_about_this_version() -> None:
    package, newest = documents.versions(ROOT)
    assert package == newest


def test_the_lock_names_versions_and_hashes_and_no_place() -> None:
    assert documents.lock_faults(ROOT) == []


def test_the_lock_gives_what_the_project_asks_for() -> None:
    assert documents.lock_gaps(ROOT) == []


def test_links_between_papers_lead_somewhere() -> None:
    assert documents.broken_links(ROOT) == []


def test_every_decision_is_one_page_of_four_parts() -> None:
    assert documents.decision_faults(ROOT) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small house in order."""
    papers = {
        ".gitignore": "build/\n*.egg-info/\n",
        "pyproject.toml": '[project]\nversion = "1.2.0"\n',
        "CHANGELOG.md": "# Changes\n\n## [1.2.0] - today\n\n## [1.1.0]\n",
        "README.md": "Type `make run`, then:\n\n```\nmake test\n```\nand make peace.\n",
        "Makefile": ".PHONY: run test\nrun: ## run it\n\t@true\ntest: ## test it\n\t@true\n"
        "help:\n\t@echo '  make run  run it'; echo '  make test  test it'\n",
        "requirements.lock": "one==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n",
    }
    for name, text in papers.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "resources" / "decisions").mkdir(parents=True)
    (tmp_path / "build").mkdir()
    return tmp_path


def decide(house: Path, name: str, text: str) -> None:
    (house / "resources" / "decisions" / name).write_text(text, encoding="utf-8")


def test_a_house_in_order_has_no_faults(house: Path) -> None:
    decide(house, "0000-first.md", "\n\n".join(documents.HEADINGS))
    assert documents.strangers(house) == []
    assert documents.promised_commands(house) == documents.targets(house) == documents.listed(house) == {"run", "test"}
    assert documents.versions(house) == ("1.2.0", "1.2.0")
    assert documents.lock_faults(house) == []
    assert documents.decision_faults(house) == []


def test_a_stranger_at_the_root_is_found(house: Path) -> None:
    (house / "scripts").mkdir()
    assert documents.strangers(house) == ["scripts"]


def test_a_command_that_is_not_there_or_not_listed_is_found(house: Path) -> None:
    (house / "README.md").write_text("`make tea`", encoding="utf-8")
    (house / "Makefile").write_text(".PHONY: run help\nhelp:\n\t@echo '  make help  this'\n", encoding="utf-8")
    assert not documents.promised_commands(house) <= documents.targets(house)
    assert documents.listed(house) != documents.targets(house)


def test_a_forgotten_change_log_is_found(house: Path) -> None:
    (house / "pyproject.toml").write_text('[project]\nversion = "1.3.0"\n', encoding="utf-8")
    assert documents.versions(house) == ("1.3.0", "1.2.0")


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.invalid/simple",
        "two @ https://packages.invalid/two.whl --hash=sha256:" + "0" * 64,
        "two==2.0",
        "two>=2.0 --hash=sha256:" + "0" * 64,
        "    --extra-index-url=file:///tmp",
    ],
)
def test_a_loose_or_placed_line_of_the_lock_is_found(house: Path, line: str) -> None:
    lock = house / "requirements.lock"
    lock.write_text(lock.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    assert documents.lock_faults(house) != []


def test_a_link_that_leads_nowhere_is_found(house: Path) -> None:
    decide(house, "0000-first.md", "[log](../../CHANGELOG.md) [form](../forms/none.md#part) [out](https://example.org)")
    assert documents.broken_links(house) == ["resources/decisions/0000-first.md: ../forms/none.md"]


@pytest.mark.parametrize(
    ("asked", "missing"),
    [("one>=0.9", False), ("one>=1.1", True), ("One[fast]<2", False), ("two", True)],
)
def test_a_lock_older_than_the_project_is_found(house: Path, asked: str, *, missing: bool) -> None:
    project = f'[project]\nversion = "1.2.0"\n[project.optional-dependencies]\ndev = ["{asked}"]\n'
    (house / "pyproject.toml").write_text(project, encoding="utf-8")
    assert bool(documents.lock_gaps(house)) is missing


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("0001-gap.md", "\n\n".join(documents.HEADINGS)),
        ("0000-short.md", "\n\n".join(documents.HEADINGS[:3])),
        ("0000-long.md", "\n\n".join(documents.HEADINGS) + "\n" * 60),
    ],
)
def test_a_decision_out_of_form_is_found(house: Path, name: str, text: str) -> None:
    decide(house, name, text)
    assert len(documents.decision_faults(house)) == 1
