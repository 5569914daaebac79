"""Every shipped scenario runs, and what it claims at its top is what comes out."""

from __future__ import annotations

import re
from itertools import takewhile

import pytest

from simulator.measure.summary import Summary
from simulator.scenario.read import read
from tests.shipped import FOLDER, SCENARIOS, comparison


def claim(name: str) -> str:
    """The comment at the top of a scenario, as one line."""
    text = (FOLDER / f"{name}.yaml").read_text()
    top = takewhile(lambda line: line.startswith("#"), text.splitlines())
    return " ".join(line.removeprefix("#").strip() for line in top)


def claimed(name: str, pattern: str) -> tuple[float, ...]:
    """The numbers of a claim."""
    found = re.search(pattern, claim(name))
    assert found, f"{name} claims something else: {claim(name)}"
    return tuple(float(number.replace(",", "")) for number in found.groups())


def outcome(name: str) -> Summary:
    """What comes out of a scenario; one of its designs passes at least, and one does not."""
    summary = comparison(name).summary
    assert {"pass", "fail"} <= {design.verdict for design in summary.designs.values()}
    return summary


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_begins_with_a_claim_and_has_a_test_of_it(name: str) -> None:
    assert claim(name).startswith("Claim: ")
    assert any(name in test for test in globals() if test.startswith("test_claim_of_"))


def test_claim_of_flash_sale() -> None:
    on_demand, scheduled, dollars, quota = claimed(
        "flash_sale", r"from ([\d.]+) s to ([\d.]+) s for \$(\d+) a month more; .* it is ([\d.]+) s"
    )
    designs = outcome("flash_sale").designs

    def p99(design: str) -> float:
        return designs[design].traffic["buyers.order"].windows["surge"].latency["p99"].value

    assert p99("on-demand") == pytest.approx(on_demand, abs=0.1)
    assert p99("scheduled") == pytest.approx(scheduled, abs=0.1)
    assert p99("quota-raised") == pytest.approx(quota, abs=0.1)
    months = {name: design.cost_month for name, design in designs.items()}
    assert months["scheduled"].value - months["on-demand"].value == pytest.approx(dollars, abs=0.5)


def test_claim_of_connections() -> None:
    raised_lost, lost, p99, raised_p99, bigger, proxied, pool, limit, pinned_lost = claimed(
        "connections",
        r"surge (\d+) % .* instead of (\d+) %, and the p99 .* from ([\d.]+) s to ([\d.]+) s: .* for \$(\d+) a"
        r" month more, RDS Proxy for \$(\d+) more, on (\d+) connections instead of (\d+);"
        r" .* then (\d+) % fail",
    )
    designs = outcome("connections").designs

    def surge(design: str) -> tuple[float, float]:
        seen = designs[design].traffic["buyers"].windows["surge"]
        return 100 * seen.failed_share.value, seen.latency["p99"].value

    assert surge("on-demand") == (pytest.approx(lost, abs=2), pytest.approx(p99, abs=0.1))
    assert surge("quota-raised") == (pytest.approx(raised_lost, abs=2), pytest.approx(raised_p99, abs=0.1))
    assert surge("proxy-pinned")[0] == pytest.approx(pinned_lost, abs=2)
    for design, usd in (("bigger-database", bigger), ("proxy", proxied)):
        assert surge(design)[0] == 0
        more = designs[design].cost_month.value - designs["on-demand"].cost_month.value
        assert more == pytest.approx(usd, abs=0.5)
    stock = {name: designs[name].services["stock"] for name in ("on-demand", "quota-raised", "proxy")}
    assert stock["on-demand"]["connections_refused"] == 0
    assert stock["quota-raised"]["connections_max"] == limit
    assert stock["quota-raised"]["connections_refused"] > 1_000
    assert stock["proxy"]["database_connections_max"] <= pool
    assert stock["proxy"]["client_connections_max"] > limit


def test_claim_of_private_backend() -> None:
    functions, balanced, linked, alone, lost, twelve, answers = claimed(
        "private_backend",
        r"cost \$([\d,]+) a month .* and \$(\d+) behind a load .* cost \$(\d+), of which \$(\d+) .*"
        r" lose (\d+) % .* for \$(\d+)\. Of each, \$(\d+) are the answers'",
    )
    designs = outcome("private_backend").designs
    months = {
        "functions": functions,
        "balancer-and-functions": balanced,
        "vpc-link": linked,
        "balancer-alone": alone + answers,
        "more-tasks": twelve,
    }
    for name, usd in months.items():
        assert designs[name].cost_month.value == pytest.approx(usd, abs=max(2, usd / 200)), name
    failed = {name: 100 * design.traffic["partners"].failed_share.value for name, design in designs.items()}
    for name in ("vpc-link", "registry", "balancer-alone"):
        assert failed[name] == pytest.approx(lost, abs=1)
    assert failed["more-tasks"] == failed["functions"] == failed["balancer-and-functions"] == 0
    waits = [designs[name].traffic["partners"].latency["p99"].value for name in months]
    assert waits[1] <= waits[0]


def test_claim_of_donations() -> None:
    bought, functions, containers, instances, ahead, gateways = claimed(
        "donations",
        r"cost \$([\d,]+) a year, functions \$(\d+), .* lose (\d+) % .* (\d+) %\. .* for \$([\d,]+) a year; "
        r"\$(\d+) of it",
    )
    designs = outcome("donations").designs

    def year(name: str) -> float:
        """One month with the night, which is 43 minutes, eleven without."""
        month, night = designs[name].cost_month.value, designs[name].cost_run.value
        return month + 11 * (month - night) * 730 / (730 - 43 / 60)

    assert round(12 * 2 * 730 * 0.045) == gateways
    for name, usd in (("bought", bought), ("functions", functions), ("containers-ahead", ahead)):
        assert year(name) == pytest.approx(usd, abs=1)
    lost = {
        name: 100 * design.traffic["donors"].windows["call"].failed_share.value
        for name, design in designs.items()
    }
    assert lost["containers"] == pytest.approx(containers, abs=1)
    assert lost["instances"] == pytest.approx(instances, abs=1)
    assert all(lost[name] == 0 for name in ("functions", "functions-ready", "containers-ahead", "bought"))


def test_claim_of_model_on_efs() -> None:
    seconds, lost, usd, elastic, image, ready, ready_usd = claimed(
        "model_on_efs",
        r"In the (\d+) s that .* more than (\d+) % of the readers .* for \$(\d+) a month more, nor"
        r" .* p95 is ([\d.]+) s; .* it is ([\d.]+) s, .* by then ([\d.]+) s, for \$(\d+) a month more",
    )
    assert 4 < seconds * 300 / 500 < 5
    designs = outcome("model_on_efs").designs
    failed = {name: 100 * design.traffic["readers"].failed_share.value for name, design in designs.items()}
    month = {name: design.cost_month.value for name, design in designs.items()}

    def p95(name: str) -> float:
        return designs[name].traffic["readers"].windows["letter"].latency["p95"].value

    # how early it undoes itself chance says
    assert min(failed[name] for name in ("bursting", "provisioned", "lazily")) > lost
    assert designs["bursting"].services["describe"]["init_timeouts"] > 500
    assert designs["lazily"].services["describe"]["init_timeouts"] == 0
    assert failed["elastic"] == failed["ready"] == failed["in-the-image"] == 0
    assert p95("elastic") == pytest.approx(elastic, abs=0.4)
    assert p95("in-the-image") == pytest.approx(image, abs=1)
    assert p95("ready") == pytest.approx(ready, abs=0.1)
    assert month["provisioned"] - month["bursting"] == pytest.approx(usd, abs=1)
    assert month["ready"] - month["in-the-image"] == pytest.approx(ready_usd, abs=1)


def test_claim_of_world_cup() -> None:
    (percent,) = claimed("world_cup", r"costs (\d+) % less today")
    designs = outcome("world_cup").designs
    now, then = designs["today"].cost_run.value, designs["in-2020"].cost_run.value
    assert 100 * (1 - now / then) == pytest.approx(percent, abs=0.5)
    waits = [designs[name].traffic["fans"].latency["p50"].value for name in ("today", "in-2020")]
    assert waits[0] == pytest.approx(waits[1], rel=0.01)


def test_claim_of_rest_or_http() -> None:
    rest_lost, http_lost, http_usd, rest_usd, hits, cached_usd = claimed(
        "rest_or_http",
        r"REST loses ([\d.]+) % .* HTTP at most ([\d.]+) %, for \$(\d+) a month instead of \$(\d+)\."
        r" .* answers (\d+) % .* for \$(\d+)\.",
    )
    designs = outcome("rest_or_http").designs

    def lost(design: str) -> float:
        return 100 * designs[design].traffic["shoppers.order"].windows["surge"].failed_share.value

    assert lost("rest") == pytest.approx(rest_lost, abs=0.4)
    assert lost("http-500") == pytest.approx(lost("rest"), abs=0.4)
    assert max(lost(name) for name in ("http", "rest-retried", "rest-cached")) <= http_lost
    months = [designs[name].cost_month for name in ("http", "rest", "rest-cached")]
    assert [month.value for month in months if month] == pytest.approx(
        [http_usd, rest_usd, cached_usd], abs=0.5
    )
    api, functions = (designs["rest-cached"].services[name] for name in ("front_door", "catalogue"))
    counts = [api[f"cache_{what}_count"] for what in ("hit", "miss")]
    assert 100 * counts[0] / sum(counts) == pytest.approx(hits, abs=0.5)
    assert functions["throttles"] == 0


def test_claim_of_cold_starts() -> None:
    waits = claimed(
        "cold_starts",
        r"waits ([\d.]+) s .* init; ([\d.]+) s with more memory, ([\d.]+) s with SnapStart, ([\d.]+) s with"
        r" both; ([\d.]+) s .* Node.js and ([\d.]+) s from",
    )
    java, snap_start = claimed("cold_starts", r"from \$(\d+) to \$(\d+)")
    designs = outcome("cold_starts").designs
    names = (
        *("java", "java-more-memory", "java-snap-start", "java-snap-start-more-memory"),
        *("node", "node-as-image"),
    )
    for name, seconds in zip(names, waits, strict=True):
        message = designs[name].traffic["people"].windows["message"]
        assert message.latency["p95"].value == pytest.approx(seconds, abs=0.1), name
    assert designs["java"].cost_month.value == pytest.approx(java, abs=1)
    assert designs["java-snap-start"].cost_month.value == pytest.approx(snap_start, abs=0.5)
    # the init code is the same at any memory; what SnapStart leaves, the first run, is not
    inits = [designs[name].services["feed"]["init_duration_mean_s"] for name in names[:2]]
    assert inits[0] == pytest.approx(inits[1], rel=0.01)


def test_claim_of_provisioning() -> None:
    on_demand, tracking, ready, scheduled_usd, both_usd = claimed(
        "provisioning",
        r"is ([\d.]+) s on demand and ([\d.]+) s with target .* make it ([\d.]+) s for \$([\d.]+) a morning"
        r" more, or \$([\d.]+) if",
    )
    designs = outcome("provisioning").designs

    def p99(design: str) -> float:
        return designs[design].traffic["customers"].windows["doors"].latency["p99"].value

    def usd_more(design: str) -> float:
        return designs[design].cost_run.value - designs["on-demand"].cost_run.value

    assert p99("on-demand") == pytest.approx(on_demand, abs=0.05)
    assert p99("tracking") == pytest.approx(tracking, abs=0.05)
    for design in ("scheduled", "scheduled-and-tracking", "fixed", "pings", "in-2020"):
        assert p99(design) == pytest.approx(ready, abs=0.05)
    assert p99("few-pings") > 2
    assert usd_more("scheduled") == pytest.approx(scheduled_usd, abs=0.02)
    assert usd_more("scheduled-and-tracking") == pytest.approx(both_usd, abs=0.02)
    assert usd_more("pings") <= 0


def test_claim_of_async_destinations() -> None:
    lost, topic, bus, p99 = claimed(
        "async_destinations",
        r"three: (\d+) % .* keeps the \1 %; .* within ([\d.]+) minutes, an event bus within (\d+),"
        r" .* is ([\d.]+) s",
    )
    designs = outcome("async_destinations").designs
    whole = {name: design.traffic["shoppers"] for name, design in designs.items()}
    outage = {name: traffic.windows["outage"] for name, traffic in whole.items()}
    assert 100 * outage["retries"].undone["lost"].value == pytest.approx(lost, abs=1)
    assert 100 * outage["no-retries"].undone["lost"].value == pytest.approx(100, abs=0.1)
    assert 100 * outage["destination"].undone["dead_lettered"].value == pytest.approx(lost, abs=1)
    for name in ("destination", "topic", "bus"):
        assert whole[name].undone["lost"].value == 0
    assert outage["topic"].completion["max"].value / 60 == pytest.approx(topic, abs=0.3)
    assert outage["bus"].completion["max"].value / 60 == pytest.approx(bus, abs=1)
    assert [traffic.latency["p99"].value for traffic in whole.values()] == pytest.approx([p99] * 5, abs=0.01)


def test_claim_of_live_stream() -> None:
    stuck, behind, lanes, lanes_usd, pushed, pushed_usd = claimed(
        "live_stream",
        r"shard: (\d+) % .* is ([\d.]+) s\. Ten lanes make it ([\d.]+) s for \$([\d.]+) more,"
        r" .* ([\d.]+) s for \$([\d.]+) more",
    )
    designs = outcome("live_stream").designs

    def p99(design: str) -> float:
        return designs[design].traffic["chat"].completion["p99"].value

    def usd_more(design: str) -> float:
        return designs[design].cost_run.value - designs["guarded"].cost_run.value

    assert 100 * designs["defaults"].traffic["chat"].undone["unfinished"].value == pytest.approx(stuck, abs=3)
    found = [p99(name) for name in ("guarded", "factor-10", "fan-out")]
    assert found == pytest.approx([behind, lanes, pushed], rel=0.05)
    more = [usd_more(name) for name in ("factor-10", "fan-out")]
    assert more == pytest.approx([lanes_usd, pushed_usd], abs=0.01)
    assert designs["guarded"].services["moderate"]["records_discarded"] > 0


def test_claim_of_sparse_stream() -> None:
    window_usd, usd, window, at_once, little, long, pushed, pushed_usd = claimed(
        "sparse_stream",
        r"cost \$([\d.]+) instead of \$([\d.]+), .* stored ([\d.]+) s instead of ([\d.]+) s\. .* less than"
        r" \$([\d.]+) more and makes it (\d+) s; .* ([\d.]+) s for \$([\d.]+) more",
    )
    designs = outcome("sparse_stream").designs
    names = ("at-once", "window-5s", "window-60s", "fan-out")
    costs = dict(zip(names, (designs[name].cost_run.value for name in names), strict=True))
    waits = [designs[name].traffic["sensors"].completion["p99"].value for name in names]
    assert waits == pytest.approx([at_once, window, long, pushed], rel=0.03)
    assert [costs["window-5s"], costs["at-once"]] == pytest.approx([window_usd, usd], abs=0.001)
    assert 0 < costs["window-5s"] - costs["window-60s"] < little
    assert costs["fan-out"] - costs["at-once"] == pytest.approx(pushed_usd, abs=0.002)


def test_claim_of_orders_fifo() -> None:
    percent, behind, functions, free, faster, usd = claimed(
        "orders_fifo",
        r"with (\d+) % .* is (\d+) s, .* than (\d+) functions .* it is ([\d.]+) s; .* it is ([\d.]+) s, for"
        r" \$([\d.]+) more",
    )
    designs = outcome("orders_fifo").designs
    names = ("by-shop", "standard", "faster")
    waits = [designs[name].traffic["shops"].completion["p99"].value for name in names]
    assert waits == pytest.approx([behind, free, faster], rel=0.05)
    assert designs["by-shop"].services["ship"]["concurrency_max"] <= functions
    usd_more = designs["faster"].cost_run.value - designs["by-shop"].cost_run.value
    assert usd_more == pytest.approx(usd, abs=0.005)
    key = read(FOLDER / "orders_fifo.yaml").traffic["shops"].key
    assert key is not None
    assert key.hot is not None
    assert 100 * key.hot.share == percent


def test_claim_of_order_workflow() -> None:
    lost, standard, express, dollars, dear, nested, nested_p99, plain, plain_dollars = claimed(
        "order_workflow",
        r"workflows ([\d.]+) % .* others is (\d+) s: .* p99 is ([\d.]+) s, for \$([\d.]+) a sale instead of"
        r" \$([\d.]+)\. .* costs \$([\d.]+) and takes (\d+) s: .* takes ([\d.]+) s, for \$([\d.]+)\.",
    )
    designs = outcome("order_workflow").designs

    def p99(design: str) -> float:
        return designs[design].traffic["buyers"].completion["p99"].value

    assert 100 * designs["standard"].traffic["buyers"].failed_share.value == pytest.approx(lost, abs=0.2)
    assert designs["express"].traffic["buyers"].failed_share.value == 0
    assert p99("standard") == pytest.approx(standard, abs=1)
    assert p99("express") == pytest.approx(express, abs=0.05)
    assert p99("express-in-standard") == pytest.approx(nested_p99, abs=1)
    assert p99("plain-lambda") == pytest.approx(plain, abs=0.05)
    cost = {name: design.cost_run.value for name, design in designs.items()}
    assert cost["express"] == pytest.approx(dollars, abs=0.01)
    assert cost["standard"] == pytest.approx(dear, abs=0.1)
    assert cost["express-in-standard"] == pytest.approx(nested, abs=0.1)
    assert cost["plain-lambda"] == pytest.approx(plain_dollars, abs=0.01)
    orders = {name: design.services["orders"] for name, design in designs.items()}
    throttled = {name: counters.get("throttled_events", 0) for name, counters in orders.items()}
    assert throttled["standard"] > 100_000
    assert throttled["express-in-standard"] == throttled["express"] == 0
    assert designs["express-in-standard"].services["orders"]["executions_throttled"] > 10_000
    transitions = designs["standard"].services["orders"]["state_transitions_per_execution"]
    assert transitions == pytest.approx(17, abs=0.5)


def test_claim_of_video_pipeline() -> None:
    one, inline, distributed, least, most = claimed(
        "video_pipeline",
        r"take ([\d,]+) s at p95; .* execution, (\d+) s; .* Map, (\d+) s\. .* \$(\d+) to \$(\d+) for",
    )
    designs = outcome("video_pipeline").designs

    def p95(design: str) -> float:
        return designs[design].traffic["uploads"].completion["p95"].value

    assert p95("one-by-one") == pytest.approx(one, rel=0.05)
    assert p95("inline") == pytest.approx(inline, abs=2)
    assert p95("distributed") == pytest.approx(distributed, abs=1)
    for design in designs.values():
        assert least - 0.5 < design.cost_run.value < most + 0.5


def test_claim_of_measured_app8() -> None:
    mean, p95, p99, *measured, times = claimed(
        "measured_app8",
        r"takes ([\d.]+) s in the mean, ([\d.]+) s at p95 and ([\d.]+) s at p99, where .* measured ([\d.]+),"
        r" ([\d.]+) and ([\d.]+) s .* for ([\d.]+) times as much",
    )
    designs = outcome("measured_app8").designs
    completion = designs["express"].traffic["executions"].completion
    for name, claims, true, allowed in zip(
        ("mean", "p95", "p99"), (mean, p95, p99), measured, (0.01, 0.01, 0.03), strict=True
    ):
        assert completion[name].value == pytest.approx(claims, abs=0.02 if name != "p99" else 0.05)
        assert completion[name].value == pytest.approx(true, rel=allowed)
        assert designs["standard"].traffic["executions"].completion[name].value == completion[name].value
    ratio = designs["standard"].cost_run.value / designs["express"].cost_run.value
    assert ratio == pytest.approx(times, abs=0.1)
