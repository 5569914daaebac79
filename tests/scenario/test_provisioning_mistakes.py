"""Mistakes in what a function reserves and provisions, told with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenario.writing import changed, mistakes

MEMORY = "memory: 512 MB"
OVERLAPPING = (
    "provisioned_concurrency: {{schedule: "
    "{{a: {{at: 0 s, for: 2 s, amount: 600}}, b: {{at: {} s, for: 2 s, amount: 301}}}}}}"
)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("provisioned_concurrency: {}", "no provisioned concurrency at all; write an amount"),
        ("provisioned_concurrency: -3", "out of range: -3; write at least 0"),
        ("provisioned_concurrency: many", "architecture.shop.provisioned_concurrency"),
        (
            "provisioned_concurrency: {schedule: {sale: {at: 5 min, for: 25 min}}}",
            "architecture.shop.provisioned_concurrency.schedule.sale: 'amount' is missing",
        ),
        (
            "provisioned_concurrency: {scheduled_actions: {up: {schedule: cron(0 8 * *), min_capacity: 5}}}",
            "up.schedule: 4 fields instead of 6",
        ),
        (
            (
                "provisioned_concurrency: {scheduled_actions: {up: "
                "{schedule: rate(1 day), timezone: Berlin, min_capacity: 5}}}"
            ),
            "up.timezone: no time zone: 'Berlin'; write for example 'UTC' or 'Europe/Berlin'",
        ),
        (
            "provisioned_concurrency: {target_tracking: {target: 0.7, max_capacity: 5}}",
            "target_tracking.target: a number without its unit: 0.7; write '70%'",
        ),
        (
            "provisioned_concurrency: {target_tracking: {target: 70%}}",
            "target_tracking: 'max_capacity' is missing",
        ),
        (
            "provisioned_concurrency: 901",
            (
                "901 reserved or provisioned in all leave less than 100 of the account's concurrency; "
                "write at most 900 together, or a higher account.lambda_concurrency"
            ),
        ),
        ("reserved_concurrency: 901", "architecture.shop.reserved_concurrency: 901 reserved"),
        (
            OVERLAPPING.format(1),
            "901 reserved or provisioned",
        ),
        (
            (
                "reserved_concurrency: 10, "
                "provisioned_concurrency: {target_tracking: {target: 70%, max_capacity: 11}}"
            ),
            "architecture.shop.provisioned_concurrency: 11 provisioned of 10 reserved; write at most 10",
        ),
        ("pings: {}", "architecture.shop.pings: 'every' is missing"),
        ("pings: {every: 0 s}", "no time at all"),
        ("pings: 5 min", "architecture.shop.pings"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path: Path, said: str, message: str) -> None:
    told = mistakes(tmp_path, changed(MEMORY, f"{MEMORY}, {said}"))
    assert len(told) == 1
    assert message in told[0]


@pytest.mark.parametrize(
    "said",
    [
        "provisioned_concurrency: 900",
        "reserved_concurrency: 900, provisioned_concurrency: 900",
        OVERLAPPING.format(2),
        "provisioned_concurrency: {scheduled_actions: {up: {schedule: rate(1 day), min_capacity: 5}}}",
        "pings: {every: 5 min}",
    ],
)
def test_what_the_account_bears_is_no_mistake(tmp_path: Path, said: str) -> None:
    assert mistakes(tmp_path, changed(MEMORY, f"{MEMORY}, {said}")) == []


@pytest.mark.parametrize(
    ("era", "zone", "refused"),
    [
        ("aws-2026", "timezone: Europe/Berlin, ", False),
        ("aws-2020-08", "", False),
        ("aws-2020-08", "timezone: UTC, ", False),
        ("aws-2020-08", "timezone: Europe/Berlin, ", True),
    ],
)
def test_in_2020_there_were_no_time_zones(tmp_path: Path, era: str, zone: str, refused: bool) -> None:
    action = f"{{schedule: cron(50 8 * * ? *), {zone}min_capacity: 5}}"
    said = f"{MEMORY}, provisioned_concurrency: {{scheduled_actions: {{up: {action}}}}}"
    text = changed(MEMORY, said).replace("nodejs22", "python3.8" if era == "aws-2020-08" else "python3.13")
    where = "scenario.yaml:6:154: architecture.shop.provisioned_concurrency.scheduled_actions.up.timezone"
    what = "scheduled actions of era aws-2020-08 are in UTC only; write 'UTC' here, and the schedule in it"
    assert mistakes(tmp_path, f"{text}era: {era}\n") == ([f"{where}: {what}"] if refused else [])


def test_no_more_is_used_elsewhere_than_the_account_or_the_design_has(tmp_path: Path) -> None:
    def said(account: str, designs: str = "") -> list[str]:
        text = changed("architecture:\n", f"architecture:\n  account: {account}\n")
        return [line.partition(": ")[2] for line in mistakes(tmp_path, text + designs)]

    instead = "or a higher account.lambda_concurrency"
    place = "architecture.account.used_elsewhere"
    assert said("{used_elsewhere: 1001}") == [
        f"{place}: 1001 used elsewhere of 1000 concurrent executions; write at most 1000, {instead}"
    ], "the quota is the era's"
    assert said("{used_elsewhere: 1000}") == []
    assert said("{lambda_concurrency: 1100, used_elsewhere: 1001}") == []
    small = "designs:\n  big: {}\n  small: {account: {lambda_concurrency: 50}}\n"
    (line,) = said("{used_elsewhere: 60}", small)
    assert line == (
        f"designs.small.account: 60 used elsewhere of 50 concurrent executions; write at most 50, {instead}"
    )
