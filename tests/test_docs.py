"""Do the pages and the docstrings say what the program does?

Shell and Python blocks of a page run one after the other in an empty folder, as a reader would run them. A block behind
`<!-- skip: reason -->` is for the eye.
"""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from sybil import Document
from sybil.example import Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from wattloom.edge import projects
from wattloom.intake import datasets
from wattloom.rules import territory_keys

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
SKIPPED = re.compile(r"<!-- skip: [^\n]+ -->\n```")
TAUGHT = [page for page in PAGES if re.search(r"^```(sh|python)$", page.read_text("utf-8"), re.MULTILINE)]


def loaded(path: Path) -> ModuleType:
    """A script beside the package, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def in_shell(example: Example) -> None:
    """Run a block by bash, with our commands on its path; a command that fails ends it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", str(example.parsed)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{example.parsed}\n{done.stderr}"


@pytest.mark.parametrize("page", TAUGHT, ids=lambda page: page.stem)
def test_blocks_of_a_page_run_in_order(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = tmp_path / page.name
    shown.write_text(SKIPPED.sub("```text of ", page.read_text("utf-8")), encoding="utf-8")
    parsers = [PythonCodeBlockParser(), CodeBlockParser(language="sh", evaluator=in_shell)]

    examples = list(Document.parse(str(shown), *parsers, encoding="utf-8").examples())
    for example in examples:
        example.evaluate()

    assert examples


@pytest.mark.parametrize("page", TAUGHT, ids=lambda page: page.stem)
def test_yaml_of_a_page_holds_keys_that_there_are(page: Path) -> None:
    known = set(re.findall(r"^\| `(?:[\w<>]+\.)*(\w+)` \|", projects.reference(), re.MULTILINE))
    blocks = re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    keys = {key for block in blocks for key in re.findall(r"(?:^|[{,]) *(\w+):(?= |$)", block, re.MULTILINE)}
    sections = {"weather", "money", "connection"}
    facts = loaded(ROOT / "docs" / "generate.py").BY_NAME

    assert keys - known - sections - set(facts) == set()


@pytest.mark.parametrize("page", [*PAGES, *sorted(ROOT.glob("*.md"))], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
        name, _, anchor = link.partition("#")
        if re.match(r"https?://|mailto:", link):
            continue
        target = (page.parent / name).resolve() if name else page
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.MULTILINE) if target.suffix == ".md" else []
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        if not target.exists() or (anchor and anchor not in anchors):
            broken.append(link)

    assert broken == []


def test_every_page_is_reached_from_the_first() -> None:
    reached, ahead = set(), [ROOT / "docs" / "README.md"]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = {(page.parent / link.partition("#")[0]).resolve() for link in LINK.findall(page.read_text("utf-8"))}
        ahead += [link for link in links - reached if link.suffix == ".md" and link.exists()]
        ahead += [entry for link in links if link.is_dir() for entry in link.glob("*.md") if entry not in reached]

    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []


GENERATED = (
    "project-file.md",
    *(f"{sort.page}.md" for sort in projects.SORTS.values()),
    "glossary.md",
    "territories.md",
    *(f"territories/{key}.md" for key in territory_keys()),
)


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """What the program says today."""
    pages: dict[str, str] = loaded(ROOT / "docs" / "generate.py").pages()
    return pages


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_page_is_what_the_program_says_today(generated: dict[str, str], name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")

    assert set(generated) == set(GENERATED)
    assert written == generated[name], "run `make docs`"


def test_no_page_tells_of_a_territory_that_is_gone() -> None:
    folder = ROOT / "docs" / "reference" / "territories"

    assert {path.stem for path in folder.iterdir()} == set(territory_keys())


def test_territories_and_datasets_are_named_in_the_reference() -> None:
    territories = (ROOT / "docs" / "reference" / "territories.md").read_text("utf-8")
    data = (ROOT / "docs" / "reference" / "data.md").read_text("utf-8")

    assert [key for key in territory_keys() if f"| [`{key}`](territories/{key}.md) |" not in territories] == []
    assert [name for name in datasets.names() if f"`{name}`" not in data] == []


WITH_EXAMPLES = sorted(
    str(path.relative_to(ROOT / "src")).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    for path in (ROOT / "src").rglob("*.py")
    if ">>>" in path.read_text("utf-8")
)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))

    assert found.attempted > 0
    assert found.failed == 0
