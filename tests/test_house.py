"""The house rules that a machine can check; CONTRIBUTING.md says them in words."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import simulator

ROOT = Path(__file__).resolve().parent.parent
PLACES = (
    ".",
    ".ci",
    "simulator",
    "scenarios",
    "notebooks",
    "tests",
    "benchmarks",
    "tools",
    "validation",
    "docs",
)
MADE = {"__pycache__", ".coverage", ".git"}
WRITTEN = (".py", ".md", ".yaml", ".yml", ".toml", ".csv", ".json", ".ipynb", ".txt", "")


def files(*endings: str, places: tuple[str, ...] = PLACES) -> Iterator[Path]:
    """What people write: everything below these places, of the root only its own files."""
    for place in places:
        for path in sorted((ROOT / place).glob("*" if place == "." else "**/*")):
            if path.is_file() and path.suffix in endings and not MADE & set(path.parts):
                yield path


def test_every_file_of_tests_has_a_name_of_its_own() -> None:
    """Pytest imports them by name alone; two of one name stop the collection."""
    names = [path.name for path in (ROOT / "tests").glob("**/test_*.py")]
    assert sorted(names) == sorted(set(names))


def text(path: Path) -> str:
    return path.read_text("utf-8")


def prose(path: Path) -> str:
    """A Markdown page without its code."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text(path), flags=re.DOTALL)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


PYTHON = {path: text(path).splitlines() for path in files(".py") if path.stat().st_size}
MODULES = {path: ast.parse(text(path)) for path in PYTHON if path.is_relative_to(ROOT / "simulator")}
PAGES = [*files(".md"), ROOT / "results" / "README.md"]
DATA = list(files(".yaml", places=("simulator",)))


def test_every_module_says_what_it_is() -> None:
    assert [name(path) for path, tree in MODULES.items() if not ast.get_docstring(tree)] == []


def test_files_are_short() -> None:
    lengths = [len(lines) for lines in PYTHON.values()]
    assert statistics.median(lengths) <= 110
    assert sum(length < 250 for length in lengths) >= 0.9 * len(lengths)


def test_a_file_of_more_than_400_lines_says_why_at_its_top() -> None:
    long = {path: " ".join(lines[:30]).lower() for path, lines in PYTHON.items() if len(lines) > 400}
    assert [name(path) for path, top in long.items() if "one file, because" not in top] == []


def test_nothing_holds_a_path_of_a_machine_or_the_host_of_a_registry() -> None:
    places = r"(?<![\w.])/(?:work|home|root|tmp|opt|Users)/\w"
    hosts = r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs|crates\.io|debian\.org)"
    found = [
        f"{name(path)}: {match[0]}"
        for path in files(*WRITTEN)
        if path != Path(__file__).resolve()
        for match in re.finditer(f"{places}|{hosts}", text(path))
    ]
    assert found == []


@pytest.mark.parametrize("path", DATA, ids=name)
def test_numbers_from_aws_have_a_source_and_a_date(path: Path) -> None:
    document = yaml.load(text(path), yaml.BaseLoader)
    if "sources" not in document:
        assert document["source"]
        parts = [*document.get("eras", {"all": document}).values(), *document.get("snap_start", {}).values()]
        assert all(part["date"] for part in parts)
        return
    sources = document["sources"]
    assert all(source["text"] and source["date"] for source in sources.values())
    entries = document.get("facts") or {
        f"{region} {item}": price
        for region, prices in document["regions"].items()
        for item, price in prices.items()
    }
    assert {key: entry["source"] for key, entry in entries.items() if entry["source"] not in sources} == {}


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{name(page)}: {target}"
        for page in PAGES
        for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(page))
        if not re.match(r"https?://|mailto:", target) and not leads_somewhere(page, target)
    ]
    assert broken == []


def leads_somewhere(page: Path, target: str) -> bool:
    file, _, heading = target.partition("#")
    found = (page.parent / file).resolve() if file else page
    return found.exists() and (not heading or heading in anchors(found))


def anchors(page: Path) -> set[str]:
    """Headings, as a link to them is written."""
    outside = re.sub(r"```.*?```", "", text(page), flags=re.DOTALL)
    titles = re.findall(r"^#+ +(.+)$", outside, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_pages_that_the_code_speaks_of_exist() -> None:
    spoken = {page for path in PYTHON for page in re.findall(r"\bdocs/[\w/-]+\.md", text(path))}
    assert [page for page in sorted(spoken) if not (ROOT / page).exists()] == []


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"\n## {simulator.__version__}" in text(ROOT / "CHANGELOG.md")


def test_import_contracts_hold() -> None:
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
