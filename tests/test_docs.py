"""What the pages say is true: scenarios are read, code runs, and answers are the simulator's own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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


def excerpt_of(answer: str, output: str, of_line: Callable[[str], str]) -> list[str]:
    """The lines of an answer on a page that the output does not have, or not in this order."""
    left = iter(map(of_line, output.splitlines()))
    return [line for line in answer.splitlines() if of_line(line).strip(" …") and of_line(line) not in left]


def label_of(line: str) -> str:
    """What stands at the beginning of a row: numbers, and where columns break, are those of another
    number of runs."""
    label = "" if line.startswith("  ") else re.split(r"\s{2,}", line.strip())[0]
    return re.sub(r"[\d,]+ (replications.*|requests)", "", label)


def test_the_answer_in_the_tutorial_is_what_the_simulator_prints(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(blocks("docs/tutorial.md", "yaml")[0], "utf-8")
    (answer,) = (block for block in blocks("docs/tutorial.md") if "Cheapest" in block)
    assert excerpt_of(answer, str(simulator.read(file).run()), str) == []


def test_the_answer_in_the_readme_is_what_the_simulator_concludes_with_fewer_runs() -> None:
    (answer,) = (block for block in blocks("README.md") if "Cheapest" in block)
    study = simulator.read(ROOT / "scenarios" / "flash_sale.yaml").run(replications=3)
    said = dict(re.findall(r"✗ (\S+) fails (.*?)(?= ✗ | Cheapest )", " ".join(answer.split())))
    found = {name: why for name, why in words.reasons(study.summary) if why.startswith("fails")}
    cause = re.compile(r"first to bind is .*?\(|time goes to .*?(?:;|$)")
    assert {name: cause.findall(why) for name, why in said.items()} == {
        name: cause.findall(why) for name, why in found.items()
    }
    assert f"\nCheapest design that passes: {study.summary.cheapest}, " in answer
    before = answer.partition("✗ on-demand fails")[0]
    assert excerpt_of(before, str(study), label_of) == []


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
