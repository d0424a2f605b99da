"""Is the house tidy? Sizes of files and functions, names, docstrings, and that every thing is told somewhere."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import typer.main

from wattloom.domain.glossary import glossary
from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "wattloom"
LINES_OF_A_FILE_MAX = 600
LINES_OF_A_FUNCTION_MAX = 60
LINES_OF_A_FUNCTION_P90 = 30
UNSAID = re.compile(
    r"^(utils?|common|helpers?|managers?|misc|shared|handlers?)$|^(handle|process)_|_(utils?|helpers?|manager)$"
)
OVERRIDDEN = frozenset({"handle_exit"})
"""Names that a library calls: uvicorn's word for a signal."""
OF_A_MACHINE = re.compile(r"(?<![\w./-])/(work|root|tmp|home)/\w")
"""A path of somebody's machine; a placeholder such as /tmp/… is none."""
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".jinja", ".css", ".js", ".sh", ".lp", ".cfg", ""}
VENDORED = ("echarts.min.js", "requirements.lock", "LICENSE")
NO_QUESTION = frozenset(
    {
        "src/wattloom/app/plan_site.py",
        "src/wattloom/app/rules_show.py",
        "src/wattloom/edge/projects/__init__.py",
    }
)
"""Modules whose first line names what they do: use cases, and the doors of a room."""


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository that git keeps or would keep, as text."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its path, parsed."""
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    }


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and those inside others too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from its name to its end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {path.name: path.read_text("utf-8").count("\n") for path in tracked() if path.suffix == ".py"}

    assert {name: lines for name, lines in long.items() if lines > LINES_OF_A_FILE_MAX} == {}


def test_functions_fit_on_a_screen_and_most_are_short() -> None:
    lengths = {f"{path}:{f.name}": length(f) for path, tree in modules().items() for f in functions(tree)}

    assert len(lengths) > 500
    assert {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FUNCTION_MAX} == {}
    assert np.percentile(list(lengths.values()), 90) <= LINES_OF_A_FUNCTION_P90


def test_names_say_what_a_thing_knows_or_does() -> None:
    files = [path for path in modules() if UNSAID.search(Path(path).stem) or UNSAID.search(Path(path).parent.name)]
    named = [
        f"{path}:{node.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and UNSAID.search(node.name.lower().lstrip("_"))
        if node.name not in OVERRIDDEN
    ]

    assert (files, named) == ([], [])


def test_every_module_opens_with_its_question() -> None:
    first = {path: (ast.get_docstring(tree) or "").split("\n\n")[0] for path, tree in modules().items()}
    plain = {path for path, said in first.items() if "?" not in said}

    assert plain - NO_QUESTION == set()
    assert NO_QUESTION - plain == set(), "these ask a question now: take them off the list"
    assert [path for path, said in first.items() if not said] == []


def test_every_class_and_public_function_says_what_you_get() -> None:
    silent = [
        f"{path}:{node.name}"
        for path, tree in modules().items()
        for body in (tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)))
        for node in body
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not node.name.startswith("_"))
        if not ast.get_docstring(node)
    ]

    assert silent == []


@pytest.mark.parametrize("path", sorted(path for path, tree in modules().items() if "__all__" in ast.dump(tree)))
def test_what_a_room_shows_is_there_and_once(path: str) -> None:
    name = path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(name)

    assert len(set(module.__all__)) == len(module.__all__)  # Their order is the linter's business.
    assert [shown for shown in module.__all__ if not hasattr(module, shown)] == []


def test_every_command_stands_in_the_readme_or_the_docs() -> None:
    command = typer.main.get_command(commands(Doors(find=lambda name: name)))
    words = [f"wattloom {noun} {verb}" for noun, group in command.commands.items() for verb in group.commands]  # type: ignore[attr-defined]
    pages = (ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md")))
    text = "\n".join(page.read_text("utf-8") for page in pages)

    assert len(words) >= 8
    assert [said for said in words if said not in text] == []


def test_every_word_of_the_glossary_is_complete() -> None:
    wanting = [key for key, term in glossary().items() if not (term.en and term.zh and term.source)]

    assert len(glossary()) > 200
    assert wanting == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    told = []
    for path in tracked():
        if path.suffix in TEXT and path.name not in VENDORED:
            lines = path.read_text("utf-8").splitlines()
            told += [f"{path.relative_to(ROOT)}:{i}" for i, line in enumerate(lines, 1) if OF_A_MACHINE.search(line)]

    assert told == []


def test_every_example_is_planned_by_a_test() -> None:
    """Named one by one, or all that the folder holds."""
    files = (path for path in (ROOT / "examples").glob("*.yaml") if "\nconnection:" in path.read_text("utf-8"))
    examples = sorted(path.stem for path in files)
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    planning = [text for text in texts if "plan_site(" in text and '"examples"' in text]
    all_of_them = any('.glob("*.yaml")' in text for text in planning)

    assert len(examples) >= 8
    assert [name for name in examples if not all_of_them and not any(name in text for text in planning)] == []


def test_a_change_is_told_to_users() -> None:
    kinds = {
        kind["directory"]
        for kind in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]["type"]
    }
    fragments = [path for path in (ROOT / "changes").iterdir() if path.suffix == ".md"]

    assert [path.name for path in fragments if path.stem.rpartition(".")[2] not in kinds] == []
    assert all(path.read_text("utf-8").strip() for path in fragments)
    assert fragments or "## " in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_headings_of_a_page_skip_no_level() -> None:
    """So that every page reads as a tree."""
    skipped = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
        levels = [len(found) for found in re.findall(r"^(#+) ", text, re.MULTILINE)]
        if levels[:1] != [1] or any(after > before + 1 for before, after in pairwise(levels)):
            skipped.append(page.name)

    assert skipped == []
