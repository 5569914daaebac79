"""YAML as the scenario language reads it: scalars of YAML 1.2, no tags, no bombs, all with its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml

from simulator.scenario import text as module
from simulator.scenario.text import DEEPEST, MOST_BYTES, MOST_NODES, parse
from simulator.scenario.tree import Node


def tree(text: str) -> Node:
    found, problems = parse("x.yaml", text.encode())
    assert problems == []
    assert found is not None
    return found


def said(text: str | bytes) -> list[str]:
    _, problems = parse("x.yaml", text if isinstance(text, bytes) else text.encode())
    return [str(problem).removeprefix("x.yaml:") for problem in problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("+3", 3),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("2.5E-3", 0.0025),
        ("'12'", "12"),
        ('"true"', "true"),
        # text in YAML 1.2, traps in YAML 1.1
        ("no", "no"),
        ("on", "on"),
        ("True", "True"),
        ("1:30", "1:30"),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("2026-11-27", "2026-11-27"),
        ("5xx", "5xx"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    found = tree(f"key: {written}\n").plain()
    assert found == {"key": value}
    assert type(found["key"]) is type(value)


def test_every_value_and_key_knows_its_line_and_column() -> None:
    root = tree("a: 1\nb:\n  - x\n  - {c: 'y'}\n")
    inner = root.entries["b"].value[1].entries["c"]
    assert (inner.at.line, inner.at.column) == (4, 9)
    assert inner.key_at is not None
    assert (inner.key_at.line, inner.key_at.column) == (4, 6)
    assert inner.path == ("b", 1, "c")
    assert inner.at.source == "  - {c: 'y'}"


def test_positions_count_characters_whatever_the_line_ends_and_marks_at_the_beginning() -> None:
    root, problems = parse("x.yaml", b"\xef\xbb\xbfa: {\xc3\xa4: 1}\r\nb: 2\r\n")
    assert problems == []
    assert root is not None
    assert root.plain() == {"a": {"ä": 1}, "b": 2}
    assert (root.entries["a"].entries["ä"].at.column, root.entries["b"].at.line) == (8, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "2:1: a: the key 'a' a second time; keep one of them; the first is on line 1"),
        (
            "a: !!python/object/apply:os.system [ls]",
            (
                "1:4: a: a tag: 'tag:yaml.org,2002:python/object/apply:os.system';"
                " remove it; text that looks like a number goes in quotes"
            ),
        ),
        ("1: 2", "1:1: scenario: a key that is not text: 1; write it in quotes: '1'"),
        ("? [a]\n: 1", "1:3: scenario: a map or list as a key; write a name before the ':'"),
        ("null: 3", "1:1: scenario: an empty key; write a name before the ':'"),
        ("a: *b", "1:4: a: no finished anchor '&b' above this; write the value itself"),
        ("a: &b [*b]", "1:8: a.0: no finished anchor '&b' above this; write the value itself"),
        ("a: 1e400", "1:4: a: a number out of all measure: '1e400'; write a smaller one"),
        ('a: "\\0"', "1:4: a: an unprintable character: '\\x00'; remove it"),
        ("a: 1\n---\nb: 1", "2:1: scenario: a second document; write one scenario in a file; remove '---'"),
        ("", "1:1: scenario: an empty file; write at least traffic: and architecture:"),
        ("a:\n\tb: 1", "2:1: a: a tab in the indentation; write spaces"),
        ("a: 'x", "1:4: a: a quotation mark that is never closed; close it"),
        ("a: [1", "1:4: a: brackets that are not closed, or a missing comma; write [a, b] or {a: 1, b: 2}"),
        ("a: @b", "1:4: a: text that begins with '@', which YAML takes for its own; put it in quotes: '@b'"),
        (
            "a: > 9%",
            "1:4: a: text that begins with '>', which YAML takes for its own; put it in quotes: '> 9%'",
        ),
        (
            "[> 9%]",
            (
                "1:2: scenario: text that begins with '>', which YAML takes for its own;"
                " put it in quotes: '> 9%'"
            ),
        ),
        ("a:\n  -\tb: 1", "2:4: a.0: a tab in the indentation; write spaces"),
        (
            "a:\n  b: 1\n   c: 2",
            (
                "3:5: a: a line that is indented more than the one above, which has a value"
                " already; indent the keys of one map equally"
            ),
        ),
        ("a:\n  b:c\n  d: e", "2:3: scenario: no space after ':'; write 'b: c'"),
        ("a:\n  b < 4 min\n  d: e", "2:3: scenario: a line that is no 'key: value'; write 'b: < 4 min'"),
        (
            "a:\n  b c\n    d: e",
            (
                "3:6: scenario: a ':' where none may stand; write 'key: value' with a space after ':',"
                " an inner map on lines of its own, other text in quotes"
            ),
        ),
        ("{a: ${x}, b: 1}", "1:6: scenario: a variable, which is not replaced here; write the value itself"),
        (
            "a: !Ref b",
            (
                "1:4: a: a tag: '!Ref'; remove it; CloudFormation's functions are not evaluated: write"
                " the value or name itself"
            ),
        ),
        (
            "a:\n  - 1\n b",
            (
                "3:2: scenario: a line whose indentation fits no map above it;"
                " indent the keys of one map equally"
            ),
        ),
        (b"ab: \xff", "1:5: scenario: a byte that is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\x00", "1:1: scenario: text in UTF-16; save it as UTF-8"),
        (b"a: 1\nb: \x00", "2:4: scenario: an unprintable character: '\\x00'; remove it"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_at_its_place(text: str | bytes, message: str) -> None:
    assert said(text) == [message]


def test_a_merge_key_is_refused_by_name() -> None:
    assert said("a: &a {b: 1}\nc:\n  <<: *a") == [
        "3:3: c: a '<<' merge; write the settings out, or let a design extend another"
    ]


def test_all_mistakes_of_one_text_are_told_together() -> None:
    assert len(said("a: 1\na: 2\nb: !x 3\n4: 5\nc: *d\n")) == 4


def test_an_alias_stands_for_the_value_of_its_anchor() -> None:
    assert tree("a: &x {b: [1, 2]}\nc: *x\n").plain() == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n}]\n" for n in range(200))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (BOMB, "aliases that grow beyond measure"),
        (CHAIN, "aliases that grow beyond measure"),
        ("[" * 200_000, f"maps and lists more than {DEEPEST} deep"),
        ("{a: " * 60_000, f"maps and lists more than {DEEPEST} deep"),
        ("- " * 100_000, f"maps and lists more than {DEEPEST} deep"),
        ("? " * 100_000, f"maps and lists more than {DEEPEST} deep"),
        ("[" + "1," * 100_000 + "1]", f"more than {MOST_NODES} values"),
        ("a: " + "x" * MOST_BYTES, "a file of more than 256 KB"),
    ],
    ids=["alias bomb", "alias chain", "lists", "maps", "block lists", "complex keys", "many values", "long"],
)
def test_no_text_costs_more_work_than_the_largest_scenario(
    text: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = nodes = 0
    parse_events = yaml.parse

    def counted(text: str, Loader: type) -> Iterator[yaml.Event]:  # noqa: N803 (PyYAML's own name)
        nonlocal events
        for event in parse_events(text, Loader=Loader):
            events += 1
            yield event

    class Counted(Node):
        def __post_init__(self) -> None:
            nonlocal nodes
            nodes += 1

    monkeypatch.setattr(yaml, "parse", counted)
    monkeypatch.setattr(module, "Node", Counted)
    (message,) = said(text)
    assert what in message
    assert events <= 2 * MOST_NODES + 4, "each value once, and the end of each map or list"
    assert nodes <= 3 * MOST_NODES, "read, put under its key, and written out"
    if "deep" in what:
        assert events <= 3 * DEEPEST + 4, "what is too deep is not read on"


def test_python_s_own_parser_reads_the_same_where_libyaml_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: {b: [1, '2', no]}\nc: &x 1.5\nd: *x\n"
    expected = tree(text)
    monkeypatch.setattr(module, "_LOADER", yaml.SafeLoader)
    assert tree(text) == expected
    assert said("a: 1\na: 2")[0].startswith("2:1")
    assert len(said("a: [1")) == 1
