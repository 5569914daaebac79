"""The report page in a real Chromium without a network: it draws, obeys its controls, asks for nothing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.report.page.page import page
from simulator.scenario.read import read
from simulator.study.study import run
from tests.report.small import hopeless, hostile, small
from tests.report.test_messages import study as mail
from tests.report.test_report_page import data_of

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: the page was not tried in a browser", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
METRIC = "buyers.failed"
BURSTS = """\
name: Bursts
era: aws-2026
traffic:
  jobs: {to: app, shape: burst, every: 60 s, requests: 300, length: 1 s, starts: 10 s}
architecture:
  app: {service: client, to: api, timeout: 5 s}
  api: {service: http_api, routes: {default: {to: work}}}
  work: {service: lambda, runtime: python3.13, memory: 1024 MB, timeout: 3 s, duration: 100 ms}
  elsewhere: {service: external, latency: 20 ms}
designs: {function: {}, none: {api: {routes: {default: {to: elsewhere}}}}}
run: {for: 180 s, replications: 1, engine: simpy}
"""


class Tab:
    """A page in a browser without a network, and what it complained of and asked for."""

    def __init__(self, browser: Any, path: Path, scheme: str = "light") -> None:
        self.context = browser.new_context(
            offline=True, color_scheme=scheme, viewport={"width": 1280, "height": 900}
        )
        self.tab = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.on("console", lambda message: self.complaints.append(message.text))
        self.tab.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.tab.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.tab.goto(path.as_uri())
        self.settle()

    def settle(self) -> None:
        self.tab.evaluate("window.ready.then(() => null)")

    def choose(self, control: str, value: str) -> None:
        self.tab.select_option(control, value)
        self.settle()

    def texts(self, selector: str) -> list[str]:
        return [text.strip() for text in self.tab.locator(selector).all_text_contents()]

    def marks(self, chart: str, kind: str) -> int:
        return self.tab.locator(f"#chart-{chart} .mark-{kind} > path").count()

    def named(self, role: str) -> list[str]:
        """What a screen reader calls everything of a role."""
        nodes = self.context.new_cdp_session(self.tab).send("Accessibility.getFullAXTree")["nodes"]
        found = [node for node in nodes if not node["ignored"] and node["role"]["value"] == role]
        return [node.get("name", {}).get("value", "") for node in found]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page(small()), encoding="utf-8")
    return file


@pytest.fixture
def tab(browser: Any, path: Path) -> Iterator[Tab]:
    opened = Tab(browser, path)
    yield opened
    opened.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_asks_for_nothing_but_itself_and_draws_every_chart(
    browser: Any, path: Path, scheme: str
) -> None:
    tab = Tab(browser, path, scheme)
    assert tab.complaints == []
    assert tab.requests == [path.as_uri()]
    for chart in ("compare", "distribution", "percentiles", "outcomes", "concurrency", "bill"):
        assert tab.tab.locator(f"#chart-{chart} svg").bounding_box()["width"] > 900, chart
        assert tab.tab.locator(f"#chart-{chart} svg path").count() > 3, chart
    ground, ink = tab.tab.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
    axis = tab.tab.locator("#chart-bill .role-axis-label text").first
    assert axis.evaluate("text => getComputedStyle(text).fill") == ink, "charts take the page's colours"
    tab.context.close()


def test_another_metric_or_base_changes_the_table_to_the_same_words_as_in_the_data(tab: Tab) -> None:
    words = json.loads(tab.tab.locator("#data").text_content())["metrics"][METRIC]
    tab.choose("#metric", METRIC)
    tab.choose("#base", "2")
    assert tab.texts("#compare caption") == ["buyers: failed"]
    assert tab.texts("#compare tbody td:nth-child(2)") == words["values"]
    assert tab.texts("#compare tbody td:nth-child(3)") == words["changes"][2]
    numbers = [one for one in tab.texts("#chart-compare .role-axis-label text") if one[:1].isdigit()]
    assert numbers
    assert all(one.endswith(" %") for one in numbers)


def test_the_bill_of_a_run_is_a_choice(tab: Tab) -> None:
    def labels() -> list[str]:
        return tab.texts("#chart-bill .role-axis-label text")

    month = labels()
    tab.choose("[data-signal=billed]", "a run")
    assert labels() != month
    assert tab.texts("summary").count("The bill of a run") == 1


def test_large_amounts_have_commas_and_no_exponents(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "dear.html"
    lines = json.dumps(data_of(text := page(small()))["tables"]["bill"]["amount"], separators=(",", ":"))
    assert lines in text
    dear = json.dumps([1e6] * len(json.loads(lines)), separators=(",", ":"))
    file.write_text(text.replace(lines, dear), encoding="utf-8")
    tab = Tab(browser, file)
    amounts = [one for one in tab.texts("#chart-bill .role-axis-label text") if one.startswith("$")]
    assert any(one.endswith(",000,000") for one in amounts), amounts
    assert all(re.fullmatch(r"\$[\d,]+", one) for one in amounts), amounts
    tab.context.close()


def test_a_design_that_is_not_wanted_goes_from_every_table_and_chart(tab: Tab) -> None:
    assert (tab.marks("compare", "symbol"), tab.marks("distribution", "line")) == (3, 3)
    tab.tab.uncheck("input[value=small]")
    tab.settle()
    assert (tab.marks("compare", "symbol"), tab.marks("distribution", "line")) == (2, 2)
    assert tab.tab.locator("tr[data-design=small]:visible").count() == 0
    assert tab.tab.locator("#answer tr[data-design=kept]:visible").count() == 1
    tab.tab.check("input[value=small]")
    tab.settle()
    assert tab.marks("compare", "symbol") == 3


def test_a_design_that_is_not_wanted_is_neither_the_base_nor_stacked(tab: Tab) -> None:
    stacked, words = "select[data-signal=design]", json.loads(tab.tab.locator("#data").text_content())
    before = tab.tab.locator("#chart-concurrency .mark-area").first.inner_html()
    tab.tab.uncheck("input[value=small]")
    tab.settle()
    assert (tab.tab.input_value("#base"), tab.tab.input_value(stacked)) == ("1", "plain")
    first = words["specs"]["compare"]["params"][1]["value"]
    assert tab.texts("#compare tbody td:nth-child(3)") == words["metrics"][first]["changes"][1]
    assert tab.tab.locator("#chart-concurrency .mark-area").first.inner_html() != before


def test_warm_up_and_windows_are_shaded_and_an_objective_is_a_line_where_it_counts(tab: Tab) -> None:
    walls = "#chart-percentiles .mark-rule.role-mark line"
    assert tab.marks("percentiles", "rect") == tab.marks("outcomes", "rect") == 2
    assert tab.tab.locator("#chart-distribution .mark-rule.role-mark line").count() == 1
    tab.choose("select[data-signal=statistic]", "p99")
    assert tab.tab.locator(walls).count() == 1
    tab.choose("select[data-signal=statistic]", "p50")
    assert tab.tab.locator(walls).count() == 0


def test_a_window_can_be_looked_at_closely(tab: Tab) -> None:
    def labels() -> list[float]:
        return [
            float(text)
            for text in tab.texts("#chart-outcomes .role-axis-label text")
            if re.match(r"^\d\.\d+$", text)
        ]

    tab.choose("#range", "@rush")
    assert labels()
    assert min(labels()) >= 2.4
    assert max(labels()) <= 2.8


def test_another_function_and_design_change_what_is_stacked(tab: Tab) -> None:
    before = tab.tab.locator("#chart-concurrency .mark-area").first.inner_html()
    tab.choose("select[data-signal=design]", "kept")
    after = tab.tab.locator("#chart-concurrency .mark-area").first.inner_html()
    assert before != after
    assert tab.texts("#chart-concurrency .role-legend-label text") == [
        "provisioned",
        "warm",
        "spill-over",
        "cold",
    ]


def test_what_waits_is_a_choice_in_its_own_unit(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "mail.html"
    file.write_text(page(mail(tmp_path)), encoding="utf-8")
    tab = Tab(browser, file)

    def labels() -> list[str]:
        return tab.texts("#chart-waiting .role-axis-label text")

    assert tab.marks("waiting", "line") == 2
    assert {"1", "10", "100"} <= set(labels()), "by decades"
    assert not any(text.endswith("s") for text in labels())
    tab.choose("[data-signal=waits]", "moderate: lanes of chat, IteratorAge, average")
    assert tab.marks("waiting", "line") == 2
    assert [text for text in labels() if text.endswith(" s")]
    assert tab.complaints == []
    tab.context.close()


def test_lines_over_time_break_where_nothing_came_and_a_slice_by_itself_is_drawn(
    browser: Any, tmp_path: Path
) -> None:
    (tmp_path / "bursts.yaml").write_text(BURSTS, encoding="utf-8")
    file = tmp_path / "bursts.html"
    file.write_text(page(run(read(tmp_path / "bursts.yaml"), workers=1)), encoding="utf-8")
    tab = Tab(browser, file)
    lines = tab.tab.locator("#chart-percentiles .mark-line > path")
    for place in range(2):
        steps = lines.nth(place).get_attribute("d").split("M")[1:]
        assert len(steps) == 3, "one for each burst"
        assert all(re.search("[LHV]", one) for one in steps), "each as long as its slices, not a point"
    words = "this design uses no such function"
    assert words not in tab.texts("#chart-concurrency text")
    tab.choose("select[data-signal=design]", "none")
    assert words in tab.texts("#chart-concurrency text")
    assert "0.000000" not in tab.texts("#chart-concurrency text")
    assert tab.complaints == []
    tab.context.close()


def test_the_keyboard_reaches_everything_and_skips_to_the_answer_first(tab: Tab) -> None:
    tab.tab.keyboard.press("Tab")
    assert tab.tab.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(60):
        tab.tab.keyboard.press("Tab")
        seen.add(tab.tab.evaluate("document.activeElement.id || document.activeElement.value || ''"))
    assert {"metric", "base", "range", "small", "kept"} <= seen


def test_a_screen_reader_is_told_what_every_chart_shows(tab: Tab) -> None:
    charts = tab.tab.locator("[data-chart]")
    said = [charts.nth(place).get_attribute("aria-label") for place in range(charts.count())]
    assert len(said) > 4
    assert all(said)
    assert set(tab.named("graphics-document") + tab.named("image")) >= set(said)
    assert "Vega visualization" not in tab.named("graphics-document")


def test_on_paper_controls_are_gone_and_the_ground_is_white(browser: Any, path: Path) -> None:
    tab = Tab(browser, path, "dark")
    tab.tab.emulate_media(media="print")
    assert not tab.tab.locator(".controls").is_visible()
    assert tab.tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.tab.locator("#chart-compare svg").is_visible()
    assert tab.tab.locator("#answer").is_visible()
    tab.context.close()


def test_names_that_would_be_code_are_only_shown(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hostile.html"
    file.write_text(page(hostile(monkeypatch)), encoding="utf-8")
    tab = Tab(browser, file)
    for box in range(4):
        tab.tab.locator("input[name=design]").nth(box).uncheck()
        tab.settle()
    assert tab.tab.evaluate("window.pwned") is None
    assert tab.complaints == []
    assert tab.requests == [file.as_uri()]
    assert "<script>window.pwned=1</script>" in tab.texts("h1")
    tab.context.close()


def test_a_study_without_answers_is_drawn_without_complaint(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "hopeless.html"
    file.write_text(page(hopeless()), encoding="utf-8")
    tab = Tab(browser, file)
    assert "no executions of this function in this design" in tab.texts("#chart-concurrency text")
    assert tab.complaints == []
    tab.context.close()


def test_without_scripts_every_table_still_stands(browser: Any, path: Path) -> None:
    context = browser.new_context(offline=True, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert "Cheapest design that passes" in tab.locator("h2").first.text_content()
    assert tab.locator("#compare tbody tr").count() == 3
    assert tab.locator("noscript p").is_visible()
    context.close()
