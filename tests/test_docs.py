"""What the pages say is true: scenarios are read, code runs, and answers are the simulator's own."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import simulator
from simulator.report.reasons import reasons
from simulator.services.service import kinds
from tests.shipped import comparison

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", *(path.relative_to(ROOT).as_posix() for path in sorted(ROOT.glob("docs/**/*.md"))))


def blocks(page: str, language: str = "") -> list[str]:
    """The code on a page in one language."""
    text = (ROOT / page).read_text("utf-8")
    fences = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [fence[2] for fence in fences if fence[1] == language]


def test_whole_scenarios_on_the_pages_can_be_read(tmp_path: Path) -> None:
    keys = re.compile(r"^traffic:.*^architecture:.*^run:", flags=re.DOTALL | re.MULTILINE)
    whole = [block for page in PAGES for block in blocks(page, "yaml") if keys.search(block)]
    assert whole
    for block in whole:
        file = tmp_path / "scenario.yaml"
        file.write_text(block, "utf-8")
        assert simulator.read(file).designs


def test_the_page_about_aws_says_what_each_service_leaves_out() -> None:
    page = " ".join((ROOT / "docs/background/aws.md").read_text("utf-8").split())
    for kind, service in kinds().items():
        left_out = re.search(r"Left out: (.*?\.)(?= [A-Z]|$)", " ".join((service.__doc__ or "").split()))
        assert left_out, kind
        assert f"- `{kind}`: {left_out[1]}" in page


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
    return re.sub(r"[\d,]+ (runs of.*|replications.*|requests)", "", label)


def test_the_answer_in_the_tutorial_is_what_the_simulator_prints(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(blocks("docs/tutorial.md", "yaml")[0], "utf-8")
    (answer,) = (block for block in blocks("docs/tutorial.md") if "Cheapest" in block)
    assert excerpt_of(answer, str(simulator.read(file).run()), str) == []


def test_the_answer_in_the_readme_is_what_the_simulator_concludes_with_fewer_runs() -> None:
    (answer,) = (block for block in blocks("README.md") if "Cheapest" in block)
    study = comparison("flash_sale")
    said = dict(re.findall(r"✗ (\S+) fails (.*?)(?= ✗ | Cheapest )", " ".join(answer.split())))
    found = {name: why for name, why in reasons(study.summary) if why.startswith("fails")}
    cause = re.compile(r"first to bind is .*?\(|time goes to .*?(?:;|$)")
    assert {name: cause.findall(re.sub(" - ", "; ", why)) for name, why in said.items()} == {
        name: cause.findall(why) for name, why in found.items()
    }
    assert f"\nCheapest design that passes: {study.summary.cheapest}, " in answer
    before = answer.partition("✗ on-demand fails")[0]
    assert excerpt_of(before, str(study), label_of) == []


def test_the_python_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = blocks("README.md", "python")
    script = tmp_path / "script.py"
    script.write_text(code, "utf-8")
    monkeypatch.chdir(ROOT)
    assert runpy.run_path(str(script))["study"].summary.replications == 2


def test_the_service_in_the_guide_passes_its_test() -> None:
    service, test = blocks("docs/guides/add-a-service.md", "python")
    (name,) = re.findall(r"^def (test_\w+)", test, flags=re.MULTILINE)
    code = (
        f"{service}\n{test}\n"
        "from functools import partial\nfrom tests.harness import run\n"
        f"{name}(partial(run, engine='simpy'))"
    )
    # in a process of its own: a service that is defined is known from then on
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
