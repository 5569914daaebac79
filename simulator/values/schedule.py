"""AWS's schedule expressions: at(2026-11-27T08:50:00), rate(5 minutes), cron(0 8 ? * MON-FRI *)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from simulator.values.cron import Cron
from simulator.values.duration import DAY, HOUR, MINUTE
from simulator.values.written import shown

_KINDS: Final = re.compile(r"\s*(at|rate|cron)\s*\(\s*(.*?)\s*\)\s*")
_RATE: Final = re.compile(r"([1-9]\d{0,5})\s+(minute|hour|day)(s?)")
_UNITS: Final = {"minute": MINUTE, "hour": HOUR, "day": DAY}
_AT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_EXAMPLES: Final = ("cron(0 8 ? * MON-FRI *)", "rate(5 minutes)", "at(2026-11-27T08:50:00)")


@dataclass(frozen=True)
class Schedule:
    """When something is to be done, on a wall clock.

    Modelled as AWS describes it for Application Auto Scaling (user guide, 2023): once at a time, at a rate
    counted from the beginning of the run, or by a cron expression of six fields, to the minute. A local time
    that daylight saving leaves out does not come; of one that it repeats the first counts. Left out: the few
    seconds by which AWS may be late.
    """

    text: str
    rule: datetime | int | Cron
    """The time for at, nanoseconds for rate."""

    def after(self, start: datetime, zone: tzinfo) -> Iterator[int]:
        """Nanoseconds from `start` to each time, in order; `zone` is that of at and cron."""
        match self.rule:
            case int(every):
                instant = every
                while True:
                    yield instant
                    instant += every
            case datetime() as once:
                local: Iterator[datetime] = iter([once])
            case cron:
                local = cron.times(start.astimezone(zone).replace(tzinfo=None))
        for naive in local:
            time = naive.replace(tzinfo=zone).astimezone(UTC)
            exists = time.astimezone(zone).replace(tzinfo=None) == naive
            if exists and time >= start:
                yield _nanoseconds(time - start)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else parse_schedule(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^\s*(at|rate|cron)\s*\(.*\)\s*$",
            "description": "A schedule expression of AWS: at, rate or cron with six fields.",
            "examples": list(_EXAMPLES),
        }


def _nanoseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000_000 + span.microseconds * 1000


def parse_schedule(value: object) -> Schedule:
    """The schedule of one of AWS's expressions."""
    match = _KINDS.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"no schedule: {shown(value)}; write for example '{_EXAMPLES[0]}'")
    kind, inside = match.groups()
    text = f"{kind}({inside})"
    if kind == "cron":
        return Schedule(text, Cron.parse(inside))
    if kind == "at":
        try:
            return Schedule(text, datetime.fromisoformat(inside if _AT.fullmatch(inside) else ""))
        except ValueError:
            raise ValueError(f"no time: {shown(inside)}; write for example '{_EXAMPLES[2]}'") from None
    rate = _RATE.fullmatch(inside)
    if not rate or (rate[1] == "1") == bool(rate[3]):
        raise ValueError(f"no rate: {shown(inside)}; write for example 'rate(1 hour)' or '{_EXAMPLES[1]}'")
    return Schedule(text, int(rate[1]) * _UNITS[rate[2]])


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no time zone: {shown(name)}; write for example 'UTC' or 'Europe/Berlin'") from None
    return name


TimeZone = Annotated[
    str,
    AfterValidator(_zone),
    WithJsonSchema(
        {
            "type": "string",
            "description": "An IANA time zone.",
            "examples": ["UTC", "Europe/Berlin", "America/New_York"],
        }
    ),
]
