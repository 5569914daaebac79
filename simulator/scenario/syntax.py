"""What the YAML parser complains about, in plain words and where its reason lies."""

from __future__ import annotations

import re
from typing import Final

from simulator.scenario.tree import Place

DEEPEST: Final = 40
"""Maps and lists in each other."""

_SYNTAX: Final = (
    ("maximum nesting depth", f"maps and lists more than {DEEPEST} deep", "write it flatter"),
    ("mapping values are not allowed", "a ':' where none may stand",
     "write 'key: value' with a space after ':', an inner map on lines of its own, other text in quotes"),
    ("could not find expected ':'", "a line that is no 'key: value'", "write ': ' between key and value"),
    ("did not find expected key", "a line whose indentation fits no map above it",
     "indent the keys of one map equally"),
    ("did not find expected '-'", "a line whose indentation fits no list above it",
     "begin each item of the list with '- '"),
    ("did not find expected ',' or", "brackets that are not closed, or a missing comma",
     "write [a, b] or {a: 1, b: 2}"),
    ("did not find expected node content", "brackets with nothing where a value is due",
     "write [a, b] or {a: 1, b: 2}"),
    ("unexpected end of stream", "a quotation mark that is never closed", "close it"),
    ("unknown escape", "a backslash in double quotes that begins no escape", "use single quotes"),
    ("escape code", "an escape that is no character", "use single quotes"),
    ("cannot start any token", "text that begins with a character of YAML's own", "put it in quotes"),
    ("alphabetic or numeric", "text that begins with * or &, which are YAML's own", "put it in quotes"),
    ("block sequence entries are not allowed", "a list item where none may stand",
     "begin the list on a line of its own"),
    ("incompatible YAML", "a %YAML line for another version of YAML", "remove it"),
)  # fmt: skip

_SIGNS: Final = ("cannot start any token", "comment or line break")
_UNSPACED: Final = re.compile(r"(\s*)(?:- )?([\w-]+):(\w\S*)\s*")
_KEYLESS: Final = re.compile(r"(\s*)([\w.@-]+)((?: [^\s:#'\"\[\]{}|]+)+)\s*")


def explained(said: str, at: Place) -> tuple[Place, str, str]:
    """A complaint of the parser at a place: where the mistake is, what it is and what to write instead."""
    source = at.source or ""
    if "\t" in source[: at.column] and not source[: at.column - 1].strip(" -"):
        return at, "a tab in the indentation", "write spaces"
    if "${" in source and "expected" in said:
        return at, "a variable, which is not replaced here", "write the value itself"
    if found := _begins_with_a_sign(source, at.column, said):
        column, text = found
        what = f"text that begins with '{text[0]}', which YAML takes for its own"
        return Place(at.document, at.line, column), what, f"put it in quotes: '{text}'"
    if "mapping values" in said and (reason := _above(at)):
        return reason
    for part, what, instead in _SYNTAX:
        if part in said:
            return at, what, instead
    return at, f"not YAML: {said}", "see the line above, too"


def _begins_with_a_sign(source: str, column: int, said: str) -> tuple[int, str] | None:
    """The unquoted text, such as `> 99.9%`, and its column; None if that is not what is wrong."""
    if not any(sign in said for sign in _SIGNS):
        return None
    inside_brackets = _SIGNS[0] in said
    begins = column - 1 if inside_brackets else max(source.rfind(sign, 0, column) for sign in ">|")
    ends = re.compile(r"[,\]}]|\s#|$" if inside_brackets else r"\s#|$").search(source, begins)
    text = source[begins : ends.start() if ends else None].strip()
    return (begins + 1, text) if text and "'" not in text else None


def _above(at: Place) -> tuple[Place, str, str] | None:
    """Why a ':' may not stand there, if that shows in the line above: the line is indented more, or the one
    above lacks the space after its own."""
    lines = at.document.lines
    above = next((line for line in range(at.line - 1, 0, -1) if lines[line - 1].strip()), None)
    if above is None:
        return None
    first, second = lines[above - 1], lines[at.line - 1]
    if found := _UNSPACED.fullmatch(first):
        place = Place(at.document, above, len(found[1]) + 1)
        return place, "no space after ':'", f"write '{found[2]}: {found[3]}'"
    found = _KEYLESS.fullmatch(first)
    if found and found[2] != "-" and len(found[1]) == len(second) - len(second.lstrip()):
        place = Place(at.document, above, len(found[1]) + 1)
        return place, "a line that is no 'key: value'", f"write '{found[2]}:{found[3]}'"
    if len(second) - len(second.lstrip()) > len(first) - len(first.lstrip()) and re.search(
        r": +[^#\s]", first
    ):
        what = "a line that is indented more than the one above, which has a value already"
        return at, what, "indent the keys of one map equally"
    return None
