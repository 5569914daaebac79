"""What messages say of values and names."""

from __future__ import annotations

from simulator.values.written import listed


def test_names_are_listed_with_those_first_that_are_like_what_was_written() -> None:
    assert listed("lifespan", ["timeout", "lifetime", "memory"], "the file") == "lifetime, memory, timeout"
    assert listed("", ["b", "a"], "the file") == "a, b"


def test_of_many_names_it_is_told_how_many_more_there_are_and_where() -> None:
    names = [f"queue{number:02}" for number in range(41)]
    assert listed("x", names[:40], "the file").endswith(", queue38, queue39")
    assert listed("x", names, "the file").endswith(", queue10, queue11, or one of 29 more in the file")
