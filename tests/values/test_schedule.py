"""AWS's schedule expressions: when they fire, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.values.schedule import parse_schedule

MONDAY = "2026-11-23T08:15:30+00:00"


def fires(text: str, start: str = MONDAY, zone: str = "UTC", count: int = 3) -> list[str]:
    """The first times, on a clock of the zone."""
    begin, there = datetime.fromisoformat(start), ZoneInfo(zone)
    instants = islice(parse_schedule(text).after(begin, there), count)
    times = [(begin + timedelta(microseconds=instant // 1000)).astimezone(there) for instant in instants]
    return [f"{time:%Y-%m-%d %H:%M}" + (f":{time:%S}" if time.second else "") for time in times]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cron(0 8 ? * MON-FRI *)", ["2026-11-24 08:00", "2026-11-25 08:00", "2026-11-26 08:00"]),
        ("cron(15,45 8 23 11 ? *)", ["2026-11-23 08:45", "2027-11-23 08:15", "2027-11-23 08:45"]),
        ("cron(0/20 8-9 ? * * *)", ["2026-11-23 08:20", "2026-11-23 08:40", "2026-11-23 09:00"]),
        ("cron(*/30 22/1 ? * 1 *)", ["2026-11-29 22:00", "2026-11-29 22:30", "2026-11-29 23:00"]),
        ("cron(0 0 L * ? *)", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("cron(0 0 1W * ? *)", ["2026-12-01 00:00", "2027-01-01 00:00", "2027-02-01 00:00"]),
        ("cron(0 0 15W 8 ? *)", ["2027-08-16 00:00", "2028-08-15 00:00", "2029-08-15 00:00"]),
        ("cron(0 0 31W 1,10 ? 2027)", ["2027-01-29 00:00", "2027-10-29 00:00"]),
        ("cron(0 0 ? * 6#2 *)", ["2026-12-11 00:00", "2027-01-08 00:00", "2027-02-12 00:00"]),
        ("cron(0 0 ? JAN,mar monL 2027/5)", ["2027-01-25 00:00", "2027-03-29 00:00", "2032-01-26 00:00"]),
        ("rate(1 hour)", ["2026-11-23 09:15:30", "2026-11-23 10:15:30", "2026-11-23 11:15:30"]),
        ("at(2026-11-23T08:15:31)", ["2026-11-23 08:15:31"]),
        ("at(2026-11-23T08:15:29)", []),
    ],
)
def test_a_schedule_fires_when_aws_says(text: str, expected: list[str]) -> None:
    assert fires(text) == expected


def test_a_local_time_follows_its_zone_and_its_daylight_saving() -> None:
    opening = "cron(30 8 ? * SAT,SUN,MON *)"
    assert fires(opening, "2026-10-24T00:00+00:00", "Europe/Berlin") == [
        "2026-10-24 08:30",
        "2026-10-25 08:30",
        "2026-10-26 08:30",
    ]
    begin = datetime.fromisoformat("2026-10-24T00:00+00:00")
    first, second = islice(parse_schedule(opening).after(begin, ZoneInfo("Europe/Berlin")), 2)
    assert second - first == 25 * 3600 * 10**9  # the night has an hour more


def test_a_time_that_daylight_saving_leaves_out_does_not_come_and_one_it_repeats_comes_once() -> None:
    assert fires("cron(30 2 * * ? *)", "2026-03-28T00:00+00:00", "Europe/Berlin") == [
        "2026-03-28 02:30",
        "2026-03-30 02:30",
        "2026-03-31 02:30",
    ]
    assert fires("cron(30 2 * * ? *)", "2026-10-24T12:00+00:00", "Europe/Berlin", 2) == [
        "2026-10-25 02:30",
        "2026-10-26 02:30",
    ]


def test_a_schedule_that_never_comes_ends() -> None:
    assert fires("cron(0 0 31 2 ? *)") == []
    assert fires("cron(0 0 1 1 ? 2020-2025)") == []


@given(
    st.sets(st.integers(0, 59), min_size=1, max_size=4),
    st.sets(st.integers(0, 23), min_size=1, max_size=4),
    st.sets(st.integers(1, 7), min_size=1),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001
)
def test_cron_is_every_minute_that_its_fields_name(
    minutes: set[int], hours: set[int], weekdays: set[int], start: datetime
) -> None:
    """Against the definition: look at each minute of eight days."""
    fields = [",".join(map(str, field)) for field in (minutes, hours, weekdays)]
    text = "cron({} {} ? * {} *)".format(*fields)
    begin = start.replace(tzinfo=ZoneInfo("UTC"))
    first = begin.replace(second=0, microsecond=0)
    each = (first + timedelta(minutes=passed) for passed in range(8 * 24 * 60))
    named = [
        time
        for time in each
        if time >= begin
        and time.minute in minutes
        and time.hour in hours
        and time.isoweekday() % 7 + 1 in weekdays
    ]
    found = islice(parse_schedule(text).after(begin, ZoneInfo("UTC")), len(named))
    assert [begin + timedelta(microseconds=instant // 1000) for instant in found] == named


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("every day", "no schedule: 'every day'; write for example 'cron"),
        ("cron(0 8 * * MON)", "5 fields instead of 6"),
        ("cron(0 8 * * MON *)", r"not one '\?' for the two days"),
        ("cron(0 8 ? * ? *)", r"not one '\?' for the two days"),
        ("cron(61 8 ? * MON *)", "no minutes: '61'; write 0 to 59"),
        ("cron(9-3 8 ? * MON *)", "no minutes: '9-3'"),
        ("cron(0/ 8 ? * MON *)", "no minutes: '0/'"),
        ("cron(0 8 ? * FUN *)", "no day-of-week: 'FUN'; write 1 to 7 or SUN to SAT"),
        ("cron(0 8 ? * 6#6 *)", "no day-of-week"),
        ("cron(0 8 32 * ? *)", "no day-of-month: '32'"),
        ("rate(1 minutes)", "no rate: '1 minutes'"),
        ("rate(5 minute)", "no rate: '5 minute'"),
        ("rate(0 minutes)", "no rate"),
        ("at(2026-13-01T00:00:00)", "no time: '2026-13-01T00:00:00'"),
        ("at(2026-11-27 08:50)", "no time"),
    ],
)
def test_what_is_no_schedule_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_schedule(text)
