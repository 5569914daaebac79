"""The report page as text: whole, escaped, accessible, with charts that Vega-Lite's own schema accepts."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import re
from collections import Counter
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import altair as alt
import pytest

from simulator.measure.document import document
from simulator.measure.headroom import Headroom, Missed
from simulator.measure.statistics import Estimate, estimate
from simulator.measure.where import Part, Spent
from simulator.report.numbers import clock
from simulator.report.page import charted
from simulator.report.page.metrics import Metric, change, headline, metrics, value
from simulator.report.page.page import page
from simulator.report.parts import parts
from simulator.study import frames
from tests.report.small import EVIL, hopeless, hostile, small

VENDOR = files("simulator.report.page") / "vendor"
SHA256 = {
    "vega.min.js": "8f6a3587cf8d4f42c7e08120e3eb05d067e746d554e39d2dcf52acc0bd5ba28f",
    "vega-lite.min.js": "83e215e84e308ee8688fa6503ba0f1cf8a3c05c0d61df2841a0b92bf86809e00",
    "vega-embed.min.js": "b1455caba2fb1a72fb46025ba0ba1316e2dbc7f0dd40a3f6040172bf9c08ba91",
}


class Elements(HTMLParser):
    """Every element with its attributes; text by the element that it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append((self.found[-1][0] if self.found else "", data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def text() -> str:
    return page(small())


@pytest.fixture(scope="module")
def elements(text: str) -> Elements:
    return Elements(text)


def data_of(text: str) -> dict[str, Any]:
    """The document that the page's script reads."""
    return json.loads(re.search(r'id="data">(.*?)</script>', text, flags=re.DOTALL)[1])


def test_nothing_is_fetched_from_anywhere(elements: Elements) -> None:
    named = ("src", "href", "srcset", "data", "action")
    links = [attributes[name] for _, attributes in elements.found for name in named if name in attributes]
    assert links == ["#main"]
    assert not elements.all("link")
    assert not elements.all("iframe")


def test_the_browser_may_run_the_pages_own_scripts_and_nothing_else(text: str, elements: Elements) -> None:
    (policy,) = (one["content"] for one in elements.all("meta") if one.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == hashes
    assert len(hashes) == 5


def test_names_are_text_whatever_they_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    text = page(hostile(monkeypatch))
    found = Elements(text)
    assert len(found.all("script")) == 6
    assert not found.all("img")
    assert not [name for _, attributes in found.found for name in attributes if name.startswith("on")]
    assert {option["value"] for option in found.all("input")} == set(EVIL)
    assert next(said for tag, said in found.text if tag == "h1") == EVIL[0]
    assert set(data_of(text)["tables"]["compare"]["design"]["texts"]) == set(EVIL)
    assert "49" not in [said.strip() for _, said in found.text]


def test_a_design_without_a_single_answer_has_a_page_too() -> None:
    text = page(hopeless())
    assert "1 design, 1 run of 20 s" in text
    assert "none is allowed" in text
    for spec in data_of(text)["specs"].values():
        alt.Chart.from_dict(spec)


def test_marks_behind_numbers_are_explained(text: str) -> None:
    assert "number* fewer than ten requests" in text
    assert "number^ more requests are missing (failed; of completion: failed, lost or dead-lettered)" in text


def test_tables_have_captions_and_headings_that_say_what_they_head(elements: Elements) -> None:
    count = Counter(tag for tag, _ in elements.found)
    assert count["table"] == count["caption"] >= 10
    assert {one.get("scope") for one in elements.all("th")} == {"col", "row"}


def test_every_control_has_a_label_and_every_chart_an_alternative(elements: Elements) -> None:
    count = Counter(tag for tag, _ in elements.found)
    controls = [*elements.all("select"), *elements.all("input")]
    assert count["label"] == len(controls)
    charts = [one for one in elements.all("div") if one.get("data-chart")]
    assert [one["data-chart"] for one in charts] == [
        "compare", "distribution", "where", "percentiles", "outcomes", "concurrency", "bill",
    ]  # fmt: skip
    assert all(one["role"] == "img" and one["aria-label"] for one in charts)


def test_identifiers_are_used_once_and_what_refers_to_them_finds_them(elements: Elements) -> None:
    ids = [one["id"] for _, one in elements.found if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["aria-labelledby"] for _, one in elements.found if "aria-labelledby" in one} <= set(ids)
    assert elements.all("html")[0]["lang"] == "en"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_chart_is_valid_vega_lite(text: str) -> None:
    document = data_of(text)
    assert set(document["specs"]) == {
        "compare",
        "distribution",
        "where",
        "percentiles",
        "outcomes",
        "concurrency",
        "bill",
    }
    for spec in document["specs"].values():
        alt.Chart.from_dict(spec)
        layers = [spec, *spec.get("layer", [])]
        assert {one["data"]["name"] for one in layers if "data" in one} <= set(document["tables"])


def test_columns_of_a_table_are_of_one_length(text: str) -> None:
    for name, columns in data_of(text)["tables"].items():
        assert len({len(one["places"] if isinstance(one, dict) else one) for one in columns.values()}) <= 1, (
            name
        )


def test_the_first_metric_is_that_of_the_first_objective() -> None:
    assert (
        headline(metrics(small().summary), small().scenario.objectives).name
        == "buyers.order.latency@rush.p99_s"
    )
    assert headline(metrics(small().summary), ()).name == "buyers.latency.p99_s"


def metric(*samples: tuple[float, ...], unit: str = "s") -> Metric:
    """A number of several designs over three replications."""
    return Metric("wait", "buyers", "wait", unit, [estimate(found) for found in samples], [""] * len(samples))


def test_a_value_is_said_with_its_unit_and_half_its_interval() -> None:
    assert value(metric((1.0, 1.2, 1.4)), 0) == "1.20 s ±0.50", "t is 4.303, the standard error 0.1155"
    assert value(metric((1.0,)), 0) == "1.00 s"
    both = metric((3.75,), (0.0327,))
    assert (value(both, 0), value(both, 1)) == ("3.75 s", "32.7 ms"), "each in its own unit"


def test_a_change_is_paired_and_said_with_its_sign_interval_and_share() -> None:
    found = metric((1.0, 1.2, 1.4), (0.5, 0.6, 1.0))
    assert change(found, 0, 1) == "−500 ms ±250 (−42 %)", "the pairs differ by 0.5, 0.6 and 0.4"
    assert change(found, 1, 0) == "+500 ms ±250 (+71 %)"
    assert change(found, 0, 0) == "base"
    assert change(metric((1.0,), (4.204,)), 0, 1) == "+3.20 s (+320 %)", "no exponent"
    assert change(metric((1.0, 1.2), (1.0, 1.2)), 0, 1) == "no change"


def test_no_change_can_be_told_from_an_infinite_base() -> None:
    found = metric((math.inf,), (1.0,), (math.inf,))
    assert [change(found, 0, place) for place in range(3)] == ["base", "base is infinite", "base is infinite"]


def test_a_change_that_may_be_none_begins_with_a_tilde() -> None:
    assert change(metric((1.0, 1.2, 1.4), (1.1, 1.1, 1.5)), 0, 1).startswith("~\u00a0+33 ms ±290")


def test_shares_change_by_points() -> None:
    assert change(metric((0.01, 0.01, 0.01), (0.04, 0.05, 0.06), unit="share"), 0, 1) == "+4.0 points ±2.5"


def test_the_worst_ten_seconds_and_the_headroom_stand_on_the_page_and_in_the_summary() -> None:
    study = small()
    room = Headroom(1.8, 1.9, (Missed("buyers.failed", "< 1%", 0.02, "share"),), None, 3)
    study = dataclasses.replace(study, headroom={"plain": room})
    text = page(study)
    said = "plain bears 1.80 times the traffic, and breaks at 1.90 times: buyers.failed"
    assert f"<p>{said} (2.00 %, not &lt; 1%).</p>" in text
    worst = study.summary.designs["small"].worst["buyers.order"].p99
    assert worst is not None
    when = f"{clock(worst.from_s)}–{clock(worst.from_s + worst.length_s)}"
    assert f"<small>{when}</small>" in text
    found = study.metrics().set_index(["design", "metric"])["value"]
    assert found["small", "buyers.order.worst.p99_s"] == worst.value.value
    assert found["small", "buyers.order.worst.p99_from_s"] == worst.from_s
    assert (found["plain", "headroom.holds"], found["plain", "headroom.breaks"]) == (1.8, 1.9)
    assert ("small", "headroom.holds") not in found


def test_attempts_recovery_and_what_ran_on_stand_on_the_page_and_in_the_summary() -> None:
    summary, key = small().summary, "buyers.order"
    assert f"{key}.attempts" not in {one.name for one in metrics(summary)}, "nobody sends anything again"
    designs = {}
    for place, (name, design) in enumerate(summary.designs.items()):
        again = dataclasses.replace(design.traffic[key], attempts=Estimate(1.5 + place))
        left = dataclasses.replace(design.where[key][""], left=Spent(2, {Part("orders", "work"): 4e9}))
        designs[name] = dataclasses.replace(
            design, traffic={**design.traffic, key: again}, where={**design.where, key: {"": left}}
        )
    summary = dataclasses.replace(summary, designs=designs)
    told = {one.name: [found.value for found in one.estimates] for one in metrics(summary)}
    assert told[f"{key}.attempts"] == [1.5, 2.5, 3.5]
    assert told[f"{key}.left.total_s"] == [4 / summary.replications] * 3
    assert (
        told[f"{key}.disturbed_s"] == [one.recovery[key].lasted_s for one in designs.values()] == [13, 0, 0]
    )
    table = frames.comparison(summary)
    for name in (f"{key}.attempts", f"{key}.left.total_s", f"{key}.disturbed_s"):
        assert table[name].tolist() == told[name]


def test_where_the_time_goes_is_left_out_if_nothing_was_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    study = hostile(monkeypatch)
    assert parts(document(study.summary)).empty
    assert "Where the time goes" not in page(study)


def test_where_the_time_goes_is_charted_for_the_requests_of_the_first_metric(text: str) -> None:
    table = parts(document(small().summary))
    assert set(table["span"]) == {f"buyers.{of}{at}" for of in ("browse", "order") for at in ("", " @rush")}
    whole = table.groupby(["design", "span", "band"])["seconds"].sum()
    mean = small().summary.designs["plain"].traffic["buyers.order"].windows["rush"].latency["mean"].value
    assert whole["plain", "buyers.order @rush", "mean"] == pytest.approx(mean)
    assert "orders: cold start, init" in set(table["part"])
    assert "Where the time goes" in text
    alt.Chart.from_dict(data_of(text)["specs"]["where"])
    assert charted.Charted(small(), metrics(small().summary)).where == "buyers.order @rush"


@pytest.mark.parametrize("name", SHA256)
def test_vendored_scripts_are_what_was_published_and_their_licences_are_here(name: str) -> None:
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == SHA256[name]
    assert name in (VENDOR / "LICENSES.txt").read_text("utf-8")
    assert "</script" not in (VENDOR / name).read_text("utf-8").lower()
