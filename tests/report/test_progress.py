"""Progress: a bar for people, now and then a line for logs."""

from __future__ import annotations

import io

import pytest

from simulator.report import progress as module
from simulator.report.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_only_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 3.0, 12.0, 12.0, 15.0, 30.0, 30.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    log = io.StringIO()
    with progress(log) as show:
        for done in range(1, 5):
            show(done, 50)
    assert log.getvalue() == "2 of 50 runs\n4 of 50 runs\n"


def test_a_log_with_lines_ends_with_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 12.0, 12.0, 15.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(clock))
    log = io.StringIO()
    with progress(log) as show:
        show(1, 2)
        show(2, 2)
    assert log.getvalue() == "1 of 2 runs\n2 of 2 runs\n"
    short = io.StringIO()
    monkeypatch.setattr(module.time, "monotonic", lambda: 0.0)
    with progress(short) as show:
        show(2, 2)
    assert short.getvalue() == "", "what takes no time needs no lines"


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    terminal = Terminal()
    with progress(terminal) as show:
        show(12, 50)
    assert "12 of 50 runs" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K"), "the line is cleared at the end"


@pytest.mark.parametrize("made", [Terminal, io.StringIO])
def test_what_a_month_needs_besides_is_not_told_as_runs(
    made: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EVERY_S", 0.0)
    stream = made()
    with progress(stream, of_month=6) as show:
        show(12, 60)
    assert "12 of 60 runs + 6 for the month" in stream.getvalue()
