"""What is wrong with a scenario is told all at once, at its place, with what to write instead.

One file, because it is the list of mistakes, and is read as such.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.read import read
from simulator.scenario.reserved import CALLED, SERVICES
from simulator.services.service import kinds
from tests.scenario.writing import SMALL, changed, mistakes

KIND = "7:20: architecture.store.service: unknown service"
DATA = Path(__file__).resolve().parent / "data"


def test_a_file_with_many_mistakes_tells_all_of_them_in_their_order() -> None:
    with pytest.raises(ScenarioError) as caught:
        read(DATA / "mistakes.yaml")
    told = [str(problem) for problem in caught.value.problems]
    assert told == (DATA / "mistakes.txt").read_text("utf-8").splitlines()


def test_every_mistake_has_a_place_and_every_one_says_what_to_write() -> None:
    for line in (DATA / "mistakes.txt").read_text("utf-8").splitlines():
        assert re.match(r"mistakes\.yaml:\d+:\d+: [\w.@-]+: .+", line)
        assert re.search(r"; (write|did you mean|remove|rename|put|keep|let|use) ", line), line


def test_an_unknown_runtime_or_instance_is_told_together_with_the_other_mistakes_of_its_service(
    tmp_path: Path,
) -> None:
    text = SMALL.replace("nodejs22, memory: 512 MB", "nodejs21, memory: 512")
    text = text.replace("db.m5.large, query: 2 ms", "db.m5.largest, query: 2")
    runtime, memory, instance, query = mistakes(tmp_path, text)
    assert ":6:36: architecture.shop.runtime: no cold starts of runtime 'nodejs21'; did you mean" in runtime
    assert ":6:54: architecture.shop.memory: a number without its unit" in memory
    assert ":7:35: architecture.store.instance: unknown instance class: 'db.m5.largest'; did you" in instance
    assert ":7:57: architecture.store.query: a number without its unit" in query


def test_the_small_scenario_has_no_mistakes(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # unknown keys and names
        ("rate: 10/s", "rte: 10/s", "3:34: traffic.web.rte: unknown key 'rte'; did you mean 'rate'?"),
        ("run:", "rnu:", "8:1: rnu: unknown key 'rnu'; did you mean 'run'?"),
        (
            "default: {to: shop}",
            "default: {too: shop}",
            "5:47: architecture.api.routes.default.too: unknown key 'too'; did you mean 'to'?",
        ),
        (
            "shape: poisson",
            "shape: poison",
            "3:25: traffic.web.shape: unknown shape: 'poison'; did you mean 'poisson'?",
        ),
        (
            "service: rds",
            "service: rdss",
            "7:20: architecture.store.service: unknown service: 'rdss'; did you mean 'rds'?",
        ),
        ("service: rds", "service: api_gateway", f"{KIND}: 'api_gateway'; write http_api or rest_api"),
        ("service: rds", "service: AWS-Lambda", f"{KIND}: 'AWS-Lambda'; write lambda"),
        ("service: rds", "service: Fargate", f"{KIND}: 'Fargate'; write ecs"),
        (
            "service: rds",
            "service: aurora",
            (
                "7:20: architecture.store.service: Amazon Aurora is not simulated yet: 'aurora';"
                " write rds, which comes nearest"
            ),
        ),
        (
            "service: rds, instance: db.m5.large, query: 2 ms",
            "service: dynamodb, billing_mode: PAY_PER_REQUEST",
            (
                "7:30: architecture.store.billing_mode: unknown key 'billing_mode';"
                " did you mean 'mode: on_demand'?"
            ),
        ),
        (
            "service: rds, instance: db.m5.large, query: 2 ms",
            "service: dynamodb, billing_mode: both",
            "7:30: architecture.store.billing_mode: unknown key 'billing_mode'; did you mean 'mode'?",
        ),
        # an entry without its name
        (
            "{default: {to: shop}}",
            "{to: shop}",
            "5:36: architecture.api.routes: no name: {to: shop}; write {default: {to: shop}}",
        ),
        (
            "memory: 512 MB",
            "events: {from: store, batch_size: 5}",
            (
                "6:54: architecture.shop.events: no name: {from: store, batch_size: 5};"
                " write {NAME: {from: store, batch_size: 5}}, with a name of your choice,"
                " such as {store: {from: store, batch_size: 5}}"
            ),
        ),
        (
            "poisson, rate: 10/s",
            "stages, start: 1/s, stages: {target: 5/s, for: 1 min}",
            (
                "3:53: traffic.web.stages: no name: {target: 5/s, for: 1 min};"
                " write {NAME: {target: 5/s, for: 1 min}}, with a name of your choice"
            ),
        ),
        # dangling names
        ("to: api", "to: apu", "3:13: traffic.web.to: no service named 'apu'; did you mean 'api'?"),
        (
            "to: shop",
            "to: shpo",
            "5:51: architecture.api.routes.default.to: no service named 'shpo'; did you mean 'shop'?",
        ),
        (
            "call: store",
            "call: stroe",
            "6:94: architecture.shop.handler.1.call: no service named 'stroe'; did you mean 'store'?",
        ),
        # units
        ("512 MB", "512", "6:54: architecture.shop.memory: a number without its unit: 512; write '512 MB'"),
        (
            "rate: 10/s",
            "rate: 10",
            "3:40: traffic.web.rate: a number without its unit: 10; write '10/s' or '10/min'",
        ),
        ("for: 10 min", "for: 10 mins", "8:12: run.for: not a duration: '10 mins'; write '10 min'"),
        (
            "512 MB",
            "20 GB",
            "6:54: architecture.shop.memory: out of range: '20 GB'; write at most '10240 MB'",
        ),
        # YAML's traps
        (
            "for: 10 min",
            "for: 1:30",
            "8:12: run.for: not a duration: '1:30'; write '1 min 30 s' or '1 h 30 min'",
        ),
        ("{for: 10 min}", "{for: 10 min, seed: 010}", "8:26: run.seed: not a whole number: '010'; write 10"),
        (
            "{for: 10 min}",
            "{for: 10 min, seed: 0x1f}",
            "8:26: run.seed: not a whole number: '0x1f'; write 31",
        ),
        (
            "{for: 10 min}",
            "{for: 10 min, seed: true}",
            "8:26: run.seed: not a whole number: true; write for example '0'",
        ),
        ("{for: 10 min}", "{for: 10 min, seed: '7'}", "8:26: run.seed: not a whole number: '7'; write 7"),
        (
            "{for: 10 min}",
            "{for: 10 min, seed: 1.5}",
            "8:26: run.seed: not a whole number: 1.5; write for example '0'",
        ),
        (
            "runtime: nodejs22",
            "runtime: 22",
            "6:36: architecture.shop.runtime: not text: 22; put it in quotes: '22'",
        ),
        ("name: Small", "name: 2026", "1:7: name: not text: 2026; put it in quotes: '2026'"),
        # what is missing, or removed, or not there yet
        ("rate: 10/s", "", "3:3: traffic.web: 'rate' is missing; write for example 'rate: 5000/s'"),
        ("to: api, ", "", "3:3: traffic.web: 'to' is missing; write for example 'to: SERVICE'"),
        (
            "shape: poisson, ",
            "",
            "3:3: traffic.web: 'shape' is missing; write for example 'shape: flash_sale'",
        ),
        (
            "instance: db.m5.large, ",
            "",
            "7:3: architecture.store: 'instance' is missing; write for example 'instance: db.m5.large'",
        ),
        (
            "run: {for: 10 min}",
            "",
            "1:1: scenario: 'run' is missing; write for example 'run: {for: 30 min, warm_up: 5 min}'",
        ),
        (
            "service: rds",
            "service: msk",
            (
                "7:20: architecture.store.service: Amazon MSK is not simulated yet: 'msk';"
                " write one of: alb, client, cloud_map, cloudfront, dynamodb, dynamodb_stream,"
                " ec2, ecs, efs, elasticache, event_bridge, external, http_api, kinesis, lambda, nat_gateway,"
                " nlb, rds, rest_api, server, sns, sqs, step_functions, waf"
            ),
        ),
        (
            "rate: 10/s",
            "rate: 10/s, key: {keys: 0}",
            "3:58: traffic.web.key.keys: out of range: 0; write at least 1",
        ),
        (
            "instance: db.m5.large",
            "instance: db.m5.large, multi_az: true",
            (
                "7:48: architecture.store.multi_az: 'multi_az' is not simulated yet (standby instances);"
                " remove it"
            ),
        ),
        # shapes of values
        (
            "handler: [{work: 20 ms}, {call: store}]",
            "handler: 20 ms",
            (
                "6:71: architecture.shop.handler: not a list: '20 ms'; write [{KEY: …}, …], each KEY one of"
                " call, choose, crash, fail, parallel, send, work"
            ),
        ),
        (
            "{work: 20 ms}",
            "20 ms",
            "6:72: architecture.shop.handler.0: not a map: '20 ms'; write 'key: value' pairs",
        ),
        ("{for: 10 min}", "10 min", "8:6: run: not a map: '10 min'; write 'key: value' pairs"),
        (
            "{for: 10 min}",
            "{for: 10 min, engine: fast}",
            "8:28: run.engine: not one of the choices: 'fast'; write one of: auto, compiled, simpy",
        ),
        # numbers that do not fit
        (
            "{for: 10 min}",
            "{for: 10 min, warm_up: 10 min}",
            (
                "8:29: run.warm_up: a warm-up of 10 min in a run of 10 min;"
                " write a shorter warm_up, or a longer 'for', which includes it"
            ),
        ),
        (
            "{for: 10 min}",
            "{for: 10 min, replications: 0}",
            "8:34: run.replications: out of range: 0; write at least 1",
        ),
        (
            "{for: 10 min}",
            "{for: 10 min, start: 2026-11-27T08:50}",
            (
                "8:27: run.start: a time without its offset from UTC:"
                " '2026-11-27T08:50'; write '2026-11-27T08:50Z'"
            ),
        ),
        (
            "{for: 10 min}",
            "{for: 10 min, start: soon}",
            "8:27: run.start: not a time: 'soon'; write for example '2026-11-27T08:50-05:00'",
        ),
        (
            "rate: 10/s",
            "rate: 10/s, mix: {a: 50%, b: 40%}",
            "3:51: traffic.web.mix: shares that add up to 90%; write shares that add up to 100%",
        ),
        # names
        (
            "  web:",
            "  we b:",
            "3:3: traffic.we b: not a name: 'we b'; write letters, digits, - and _, 64 at most",
        ),
        (
            "  web:",
            "  cost:",
            "3:3: traffic.cost: a source named 'cost', which objectives know as money; rename it",
        ),
        (
            "  web:",
            "  shop:",
            (
                "3:3: traffic.shop: a source and a service of one name: 'shop';"
                " rename one: objectives speak of both by their names"
            ),
        ),
        # era and Region
        (
            "name: Small",
            "era: aws-2025",
            "1:6: era: unknown era: 'aws-2025'; write 'aws-2020-08' or 'aws-2026'",
        ),
        (
            "name: Small",
            "era: {use: aws-2026, lambda.keepalive: 1 s}",
            (
                "1:22: era.lambda.keepalive: not a key of era"
                " aws-2026: 'lambda.keepalive'; did you mean 'lambda.keep_alive'?"
            ),
        ),
        (
            "name: Small",
            "era: {lambda.keep_alive: 5}",
            "1:26: era.lambda.keep_alive: a number without its unit: 5; write '5 s' or '5 ms'",
        ),
        (
            "name: Small",
            "era: [aws-2026]",
            "1:6: era: not an era: a list; write aws-2026, or {use: aws-2026, KEY: VALUE}",
        ),
    ],
)
def test_one_mistake_is_told_once_with_what_to_write(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    told = [each.removeprefix("scenario.yaml:") for each in mistakes(tmp_path, changed(old, new))]
    others = [each for each in told if each != message]
    assert message in told
    assert all("is missing" in each for each in others), others


def test_a_mistake_in_the_baseline_is_told_once_and_one_in_a_patch_at_the_patch(tmp_path: Path) -> None:
    text = changed("512 MB", "512") + "designs: {a: {}, b: {}, c: {store: {query: 5}}, d: {extends: c}}\n"
    assert mistakes(tmp_path, text) == [
        "scenario.yaml:6:54: architecture.shop.memory: a number without its unit: 512; write '512 MB'",
        "scenario.yaml:9:44: designs.c.store.query: a number without its unit: 5; write '5 s' or '5 ms'",
    ]


def test_a_name_that_dangles_in_one_design_only_says_in_which(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "designs: {a: {}, b: {store: null}}\n") == [
        (
            "scenario.yaml:6:94: architecture.shop.handler.1.call: no service named 'store' in design b;"
            " add it to the architecture"
        )
    ]


def test_a_patch_of_a_misspelt_service_is_no_new_service(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "designs: {a: {shpo: {memory: 1 GB}}}\n") == [
        "scenario.yaml:9:15: designs.a.shpo: no service named 'shpo' to change; did you mean 'shop'?"
    ]


def test_a_design_cannot_change_the_traffic(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "designs: {a: {traffic: {web: {rate: 1/s}}}}\n") == [
        (
            "scenario.yaml:9:15: designs.a.traffic: no service: all designs have the same traffic;"
            " write 'traffic:' at the top of the file"
        )
    ]


def test_a_quota_of_the_account_among_the_services_is_told_where_it_belongs(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "designs: {a: {lambda_concurrency: 2000}}\n") == [
        (
            "scenario.yaml:9:15: designs.a.lambda_concurrency: no service: 'lambda_concurrency' is a quota of"
            " the account; write 'account: {lambda_concurrency: 2000}'"
        )
    ]


def test_a_text_where_a_map_is_due_is_put_into_one(tmp_path: Path) -> None:
    queue = "  q: {service: sqs, consumer: none, dead_letter: failed}\nrun: "
    assert mistakes(tmp_path, changed("run: ", queue)) == [
        "scenario.yaml:8:50: architecture.q.dead_letter: not a map: 'failed'; write {to: failed}"
    ]


def test_a_setting_that_a_patch_removes_and_the_service_needs_is_told_at_the_null(tmp_path: Path) -> None:
    assert mistakes(tmp_path, SMALL + "designs: {a: {store: {instance: null}}}\n") == [
        (
            "scenario.yaml:9:23: designs.a.store.instance: 'instance' is removed here and cannot do without;"
            " write for example 'instance: db.m5.large'"
        )
    ]


def test_a_circle_of_calls_is_told(tmp_path: Path) -> None:
    again = "  back: {service: lambda, runtime: nodejs22, handler: [{call: shop}]}\nrun:"
    text = changed("run:", again).replace("call: store", "call: back")
    (message,) = mistakes(tmp_path, text)
    assert message.startswith("scenario.yaml:8:63: architecture.back.handler.0.call: a circle of calls:")
    assert message.endswith("shop → back → shop; break it")


def test_a_request_type_without_a_route_is_told(tmp_path: Path) -> None:
    text = changed("default:", "order:").replace("rate: 10/s", "rate: 10/s, mix: {order: 60%, browse: 40%}")
    assert mistakes(tmp_path, text) == [
        (
            "scenario.yaml:5:28: architecture.api.routes: no route for 'browse', which web sends;"
            " add a route named 'browse' or 'default'"
        )
    ]


def test_a_warm_up_as_long_as_the_run_is_the_mistake_and_not_the_windows_in_it(tmp_path: Path) -> None:
    text = (
        changed("{for: 10 min}", "{for: 10 min, warm_up: 11 min}") + "windows: {a: {from: 1 min, for: 1 s}}\n"
    )
    (said,) = mistakes(tmp_path, text)
    assert "run.warm_up: a warm-up of 11 min in a run of 10 min; write a shorter warm_up" in said


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        (
            "{late: {from: 9 min, for: 2 min}}",
            (
                "9:17: windows.late: ends at 11 min, after the run's 10 min;"
                " write an earlier or shorter window, or a longer run"
            ),
        ),
        (
            "{early: {from: 10 s, for: 2 min}}",
            (
                "9:25: windows.early.from: begins in the warm-up of 1 min,"
                " which is not counted; write '1 min' or later"
            ),
        ),
        (
            "{'a@b': {from: 2 min, for: 1 s}}",
            ("9:11: windows.a@b: not a name: 'a@b'; write letters, digits, - and _, 64 at most"),
        ),
        ("[a]", "9:10: windows: no windows: a list; write {NAME: {from: …, for: …}}"),
        (
            "{long: {from: 30 s, for: 570 s}}",
            (
                "9:24: windows.long.from: begins in the warm-up of 1 min, which is not counted;"
                " write a warm_up of '30 s' at most, or a longer run"
            ),
        ),
        (
            "{until: {from: 90 s, to: 3 min}}",
            "9:31: windows.until.to: unknown key 'to'; write 'for: 1 min 30 s'",
        ),
        (
            "{back: {from: 3 min, to: 2 min}}",
            "9:31: windows.back.to: unknown key 'to'; write 'for', its length",
        ),
    ],
)
def test_windows_lie_in_the_counted_part_of_the_run(windows: str, message: str, tmp_path: Path) -> None:
    text = changed("{for: 10 min}", "{for: 10 min, warm_up: 1 min}") + f"windows: {windows}\n"
    assert mistakes(tmp_path, text) == [f"scenario.yaml:{message}"]


@pytest.mark.parametrize(
    ("bill", "message"),
    [
        (
            "{month: {runs: 5000, otherwise: idle}}",
            ("9:22: bill.month.runs: 5000 runs of 10 min in a month of 730 h; write at most 4380"),
        ),
        (
            "{month: {runs: 4}}",
            "9:8: bill.month: 'otherwise' is missing; write for example 'otherwise: baseline'",
        ),
        (
            "{month: {runs: 4, otherwise: bored}}",
            ("9:36: bill.month.otherwise: not one of the choices: 'bored'; write one of: baseline, idle"),
        ),
    ],
)
def test_a_month_says_what_it_is_made_of(bill: str, message: str, tmp_path: Path) -> None:
    assert mistakes(tmp_path, f"{SMALL}bill: {bill}\n") == [f"scenario.yaml:{message}"]


def test_a_run_that_is_longer_than_a_month_has_no_month(tmp_path: Path) -> None:
    text = changed("10 min", "1000 h") + "bill: {month: {runs: 4, otherwise: idle}}\n"
    (message,) = mistakes(tmp_path, text)
    assert message.endswith("; write a shorter run.for, or remove bill.month")


def test_a_month_at_the_baseline_needs_sources_that_have_one(tmp_path: Path) -> None:
    text = changed("poisson, rate: 10/s", "users, count: 5, think: 1 s")
    (message,) = mistakes(tmp_path, text + "bill: {month: {runs: 4, otherwise: baseline}}\n")
    assert message == (
        "scenario.yaml:9:36: bill.month.otherwise: no baseline of web, whose shape is 'users'; write idle"
    )


@pytest.mark.parametrize("kind", sorted(SERVICES))
def test_services_to_come_are_refused_by_name_until_they_are_there(kind: str, tmp_path: Path) -> None:
    assert kind not in kinds()
    (message,) = mistakes(tmp_path, changed("service: rds", f"service: {kind}"))
    assert "is not simulated yet" in message


def test_other_names_of_services_lead_to_services_that_there_are() -> None:
    for name, meant in CALLED.items():
        assert re.fullmatch("[a-z0-9]+", name)
        assert set(meant.partition(",")[0].split(" or ")) <= set(kinds()), name


def test_a_surge_lacks_its_times_with_examples_of_a_surge(tmp_path: Path) -> None:
    text = changed("poisson, rate: 10/s", "flash_sale, baseline: 1/s, peak: 9/s")
    wanted = [each.partition("; write for example ")[2] for each in mistakes(tmp_path, text)]
    assert wanted == ["'starts: 10 min'", "'ramp: 10 s'", "'hold: 2 min'", "'half_life: 1 min'"]


def test_what_mappings_will_have_is_refused_by_name(tmp_path: Path) -> None:
    events = "call: store}], events: {mail: {from: box, filter: {share: 10%}}}}\n  box: {service: sqs}"
    (message,) = mistakes(tmp_path, changed("call: store}]}", events))
    assert "shop.events.mail.filter: " in message
    assert "is not simulated yet" in message


MANY = "".join(
    f"  s{n}: {{service: lambda, runtime: nodejs22, handler: [{{call: s{n + 1}}}]}}\n" for n in range(700)
)
BACK = "  s700: {service: lambda, runtime: nodejs22, handler: [{call: s0}]}\n"
DESIGNS = "designs:\n" + "".join(f"  d{n}: {{}}\n" for n in range(300))
CHAIN = (
    "designs: {d0: {extends: d499}, " + ", ".join(f"d{n + 1}: {{extends: d{n}}}" for n in range(499)) + "}\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL.replace("run:", f"{MANY}run:") + DESIGNS, "designs of more than 100000 values"),
        (SMALL.replace("run:", f"{MANY}run:"), "no service named 's700'"),
        (SMALL.replace("run:", f"{MANY}{BACK}run:"), "a circle of calls: s0 → s1 → "),
        (SMALL + CHAIN, "designs that extend each other: d0 → d499 → "),
    ],
    ids=["many designs", "many services", "a long circle of services", "a long circle of designs"],
)
def test_no_wiring_costs_more_than_so_many_calls(text: str, message: str, tmp_path: Path) -> None:
    """Counts Python's calls: the work, however busy the machine is."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        said = mistakes(tmp_path, text)
    finally:
        sys.setprofile(None)
    assert message in " ".join(said)
    assert calls < 3_000_000


def test_the_line_of_the_file_comes_with_the_problem(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(DATA / "mistakes.yaml")
    first = caught.value.problems[0]
    assert first.source == "name: 2026"
    assert first.source[(first.column or 0) - 1 :] == "2026"
