"""The files of a scenario: read with a size cap, never outside the scenario's folder.

`extends: base/checkout.yaml` at the top of a file merges the file over another one. The path is
relative to the file that says so, and so is every `file:`; both must stay inside the folder of the
scenario that is run, symbolic links included.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from simulator.errors import Problem
from simulator.scenario.merge import merge_files
from simulator.scenario.text import MOST_BYTES, parse
from simulator.scenario.tree import Document, Node, Place, nearest, problem
from simulator.values.units import shown

MOST_FILES = 20
_NAMING = ("file", "definition")
"""Keys whose value is the name of a file."""


def load(path: Path, problems: list[Problem]) -> Node | None:
    """The tree of a scenario file, merged over the files it extends; None if one cannot be read."""
    return _load(path, path.name, path.parent.resolve(), (), problems)


def _load(
    path: Path, name: str, folder: Path, above: tuple[Path, ...], problems: list[Problem]
) -> Node | None:
    content = _read(path, name, problems)
    if content is None:
        return None
    tree, found = parse(name, content)
    problems += found
    if tree is None:
        return None
    if not isinstance(tree.value, dict):
        problems.append(tree.problem("no map", "write at least traffic: and architecture:"))
        return None
    above = (*above, path.resolve())
    _relocate(tree, os.path.relpath(above[-1].parent, folder))
    extends = tree.get("extends")
    if extends is None:
        return tree
    tree = tree.without("extends")
    target = inside(extends, folder, problems)
    if target is None:
        return None
    if target in above:
        circle = " → ".join(step.name for step in (*above[above.index(target) :], target))
        problems.append(extends.problem(f"files that extend each other: {circle}", "let one stand alone"))
        return None
    if len(above) == MOST_FILES:
        problems.append(extends.problem(f"more than {MOST_FILES} files in a row", "extend fewer"))
        return None
    base = _load(target, target.relative_to(folder).as_posix(), folder, above, problems)
    return None if base is None else merge_files(base, tree, problems)


def _read(path: Path, name: str, problems: list[Problem]) -> bytes | None:
    start = Place(Document(name, ()), 1, 1)
    try:
        if not path.is_file():
            what = "a folder" if path.is_dir() else "no such file"
            problems.append(problem(start, (), what, _near(path) or "give the path of a scenario file"))
            return None
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problems.append(
            problem(start, (), f"a file that cannot be read: {reason}", "check its path and permissions")
        )
        return None


def _near(path: Path) -> str | None:
    """The scenario that was probably meant: with its suffix, in the folder `scenarios`, or misspelt."""
    folders = (path.parent, path.parent / "scenarios")
    names = {
        other.stem: str(other)
        for folder in reversed(folders)
        if folder.is_dir()
        for other in sorted(folder.iterdir())
        if other.suffix in (".yaml", ".yml")
    }
    near = nearest(path.stem, names)
    return f"did you mean '{names[near]}'?" if near else None


def _relocate(tree: Node, below: str) -> None:
    """Make the file names in a file of a subfolder relative to the scenario's folder."""
    for node in tree.walk() if below != "." else ():
        for key in (*_NAMING, "extends") if node is tree else _NAMING:
            named = node.get(key)
            if named is not None and isinstance(named.value, str) and not Path(named.value).is_absolute():
                named.value = os.path.normpath(f"{below}/{named.value}")


def inside(named: Node, folder: Path, problems: list[Problem]) -> Path | None:
    """The file that a value names, or None and a problem if it is no file inside the folder."""
    text = named.value
    if not isinstance(text, str) or not text:
        problems.append(
            named.problem(f"not the name of a file: {shown(named.plain())}", "write one relative path")
        )
        return None
    try:
        target = (folder / text).resolve()
        if not target.is_relative_to(folder):
            what = f"a file outside the scenario's folder: {shown(text)}"
            problems.append(named.problem(what, "copy it into the folder and name it by a relative path"))
            return None
        if target.is_file():
            return target
        if target.exists():
            problems.append(named.problem(f"not a file: {shown(text)}", "name a file"))
            return None
        others = [other.name for other in target.parent.iterdir()] if target.parent.is_dir() else []
    except (OSError, ValueError, RuntimeError):
        others = []
    near = nearest(Path(text).name, others)
    problems.append(
        named.problem(f"no such file: {shown(text)}", f"did you mean '{near}'?" if near else "check the path")
    )
    return None


def digests(tree: Node, folder: Path, problems: list[Problem]) -> dict[str, str]:
    """SHA-256 of every file that a `file:` or a `definition:` of the scenario names."""
    found: dict[str, str] = {}
    for named in (named for node in tree.walk() for key in _NAMING if (named := node.get(key))):
        if not isinstance(named.value, str):
            continue
        if (path := inside(named, folder, problems)) is None:
            continue
        try:
            with path.open("rb") as file:
                found[named.value] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            what = f"a file that cannot be read: {error.strerror}"
            problems.append(named.problem(what, "check its permissions"))
    return dict(sorted(found.items()))
