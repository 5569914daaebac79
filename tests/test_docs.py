"""What the pages say is true: scenarios are read, code runs, and answers are the simulator's own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import simulator
from simulator.report import words

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/**/*.md"))))


def blocks(page: str, language: str = "") -> list[str]:
    """The code on a page in one language."""
    text = (ROOT / page).read_text("utf-8")
    fences = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [fence[2] for fence in fences if fence[1] == language]


def run_python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_whole_scenarios_on_the_pages_can_be_read(tmp_path: Path) -> None:
    keys = re.compile(r"^traffic:.*^architecture:.*^run:", flags=re.DOTALL | re.MULTILINE)
    whole = [block for page in PAGES for block in blocks(page, "yaml") if keys.search(block)]
    assert whole
    for block in whole:
        file = tmp_path / "scenario.yaml"
        file.write_text(block, "utf-8")
        assert simulator.read(file).designs


def test_the_excerpt_in_the_readme_is_one() -> None:
    (excerpt,) = blocks("README.md", "yaml")
    scenario = (ROOT / "scenarios" / "flash_sale.yaml").read_text("utf-8").splitlines()
    assert [line for line in excerpt.splitlines() if line.strip(" #…") and line not in scenario] == []


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_the_answer_on_a_page_is_what_the_simulator_concludes(page: str, tmp_path: Path) -> None:
    file = ROOT / "scenarios" / "flash_sale.yaml"
    if page != "README.md":
        file = tmp_path / "scenario.yaml"
        file.write_text(blocks(page, "yaml")[0], "utf-8")
    (answer,) = (block for block in blocks(page) if "Cheapest" in block)
    summary = simulator.read(file).run(replications=3).summary
    said = dict(re.findall(r"✗ (\S+) fails (.*?)(?= ✗ | Cheapest )", " ".join(answer.split())))
    found = {name: why for name, why in words.reasons(summary) if why.startswith("fails")}
    cause = re.compile(r"first at .*?:|time goes to .*?(?:;|$)")
    assert {name: cause.findall(why) for name, why in said.items()} == {
        name: cause.findall(why) for name, why in found.items()
    }
    assert f"\nCheapest design that passes: {summary.cheapest}, " in answer


def test_the_python_in_the_readme_runs() -> None:
    (code,) = blocks("README.md", "python")
    run_python(code)


def test_the_service_in_the_guide_passes_its_test() -> None:
    service, test = blocks("docs/guides/add-a-service.md", "python")
    (name,) = re.findall(r"^def (test_\w+)", test, flags=re.MULTILINE)
    run_python(
        f"{service}\n{test}\n"
        "from functools import partial\nfrom tests.harness import run\n"
        f"{name}(partial(run, engine='simpy'))"
    )
