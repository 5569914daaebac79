"""What a Lambda function is billed for, and its counters in CloudWatch's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from simulator.measure.measured import SPILLOVERS, per
from simulator.measure.usage import Usage
from simulator.services import lambda_async
from simulator.services.lambda_settings import LambdaSettings

if TYPE_CHECKING:
    from simulator.engine.build import Build
    from simulator.measure.measured import Measured


def meters(build: Build) -> tuple[int, int]:
    """Billed time on demand and on provisioned concurrency."""
    rounding = build.era["lambda.billing_granularity"]
    return build.meter("on_demand", rounding), build.meter("provisioned", rounding)


def usage(function: LambdaSettings, measured: Measured) -> Iterator[Usage]:
    """What the run is billed for, as quantities of the price book's items."""
    name, gb = measured.name, function.memory / 1024
    extra = max(function.ephemeral_storage - 512, 0) / 1024
    on_demand, provisioned = (
        measured["on_demand.rounded_ns"] / 1e9,
        measured["provisioned.rounded_ns"] / 1e9,
    )
    kept = (measured["environments.requested_ns"] + measured["provisioned_rounding_ns"]) / 1e9
    initialised = measured["provisioned_init.rounded_ns"] / 1e9
    yield Usage(name, "lambda.requests", invocations(measured))
    yield Usage(name, f"lambda.duration.{function.architecture}", on_demand * gb)
    if function.provisioned_concurrency:
        yield Usage(name, f"lambda.provisioned_concurrency.{function.architecture}", kept * gb)
        item = f"lambda.provisioned_duration.{function.architecture}"
        yield Usage(name, item, (provisioned + initialised) * gb)
    if function.snap_start and not function.runtime.startswith("java"):  # which has it free of charge
        restores = measured["environments.cold_starts"] + measured["environments.reset_starts"]
        yield Usage(name, "lambda.snap_start.cache", 3600 * measured.hours * gb)
        yield Usage(name, "lambda.snap_start.restore", restores * gb)
    if extra:
        yield Usage(name, "lambda.ephemeral_storage", (on_demand + provisioned) * extra)
    yield from function.outward(name, invocations(measured))


def invocations(measured: Measured) -> float:
    """Requests that entered an environment; a throttled one is none."""
    return sum(measured[f"environments.{start}_starts"] for start in ("provisioned", "warm", "cold", "reset"))


def counters(function: LambdaSettings, measured: Measured) -> Mapping[str, float]:
    """The function's own numbers, the responses that its handler names among them."""
    invoked = invocations(measured)
    cold = measured["environments.cold_starts"]
    kinds = ("on_demand", "provisioned", "provisioned_init")
    billed_ns = sum(measured[f"{kind}.rounded_ns"] for kind in kinds)
    in_use = measured["on_demand.ns"] + measured["environments.reused_ns"]
    suppressed = measured["environments.reset_starts"] + measured["environments.stopped_starts"]
    pings, by_clients = measured["pings"], cold - measured["ping_cold_starts"]
    return {
        "invocations": invoked,
        "errors": measured["errors"] + measured["timeouts"],
        "timeouts": measured["timeouts"],
        **({"poisoned_invocations": measured["poisoned"]} if function.poison else {}),
        "throttles": measured["throttles"],
        "cold_starts": cold,
        "initialised_ahead": measured["environments.ahead_starts"],
        "suppressed_inits": suppressed,
        "init_timeouts": measured["init_timeouts"],
        "cold_share": by_clients / (invoked - pings) if invoked > pings else 0.0,
        "pings": pings,
        "init_duration_mean_s": measured["init.ns"] / max(measured["init.count"], 1) / 1e9,
        "concurrency_max": measured["environments.most"],
        "environments_mean": measured["environments.alive_ns"] / measured.ns,
        "environments_used_mean": in_use / measured.ns,
        "provisioned_invocations": measured["environments.provisioned_starts"],
        SPILLOVERS: measured["environments.spillovers"],
        "provisioned_rate_spillovers": measured["environments.refused"],
        "provisioned_environments_peak": measured["environments.peak_provisioned"],
        "billed_gb_s": billed_ns / 1e9 * function.memory / 1024,
        **{
            f"{kind}.{name}": count
            for kind in ("responded", "failed_inits")
            for name, count in measured.starting(f"{kind}.").items()
        },
        **streams(function, measured),
        **lambda_async.counters(measured),
    }


def streams(function: LambdaSettings, measured: Measured) -> Mapping[str, float]:
    """What is read of streams for the function; the age of an iterator is that of a batch's last record when
    it is sent (AWS Lambda Developer Guide, metrics)."""
    lanes = [name for name in function.events if f"lanes of {name}.put" in measured.values]
    if not lanes:
        return {}

    def all_of(field: str) -> float:
        return sum(measured[f"lanes of {name}.{field}"] for name in lanes)

    def most_of(field: str) -> float:
        return max(measured[f"lanes of {name}.{field}"] for name in lanes)

    records, ends = all_of("received") - all_of("marks"), all_of("marks")
    ages = measured.starting("iterator_age.")
    return {
        "records_received": records,
        "windows_ended": ends,
        "records_received_again": all_of("received_again"),
        "records_discarded": all_of("thrown_away"),
        "records_expired": all_of("expired"),
        "records_waiting_end": all_of("waiting"),
        "records_waiting_max": max(all_of("sampled_waiting"), all_of("waiting")),
        "oldest_record_age_max_s": most_of("sampled_age_ns") / 1e9,
        "batch_size_mean": records / max(all_of("batches") - ends, 1),
        "batch_size_max": most_of("largest_batch"),
        "batch_time_mean_s": per(all_of("receivers_ns"), all_of("batches")),
        "waiting_mean_s": per(all_of("waiting_ns"), all_of("received") + all_of("waiting")),
        "lanes": all_of("copies"),
        "lanes_in_use_mean": all_of("receivers_ns") / measured.ns,
        "lanes_failing_mean": all_of("failing_ns") / measured.ns,
        "lanes_in_use_max": all_of("most_together"),
        "busiest_lane_share": most_of("busiest_ns") / measured.ns,
        **{f"iterator_age_{what}": value for what, value in ages.items() if what != "count"},
    }
