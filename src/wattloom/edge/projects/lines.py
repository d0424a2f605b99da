"""What stands on which line of a YAML file? Text becomes nodes that know their line; nothing in it is run or built.

Words keep the form in which they were written, so that a message can show them; what they mean is decided by the
key they belong to. The file is refused before it can hurt: too large, too deep, too many values once its aliases are
written out, or not UTF-8.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

BYTES_MAX = 1_000_000
"""A project file is written by a person; series live in files of their own."""
VALUES_MAX = 50_000
"""Once aliases are written out."""
DEPTH_MAX = 30
FAULTS = (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError)
"""What the parser raises: it trips over some broken directives and escapes with plain Python errors."""


@dataclass(frozen=True, slots=True)
class Word:
    """A single value, as written."""

    text: str
    line: int
    quoted: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is written: an empty value, or null."""
        return not self.quoted and self.text in {"", "~", "null", "Null", "NULL"}

    def __str__(self) -> str:
        """As a message shows it: on one line, cut where it is long."""
        text = " ".join(self.text.split())
        shown = text if len(text) <= SHOWN_MAX else text[:SHOWN_MAX] + "…"
        return f'"{shown}"' if self.quoted else shown or "nothing"


SHOWN_MAX = 60


@dataclass(frozen=True, slots=True)
class Listing:
    """Values one after the other."""

    items: tuple[Node, ...]
    line: int

    def __str__(self) -> str:
        """As a message shows it."""
        return f"a list of {len(self.items)}"


@dataclass(frozen=True, slots=True)
class Section:
    """Keys with their values, each key once."""

    pairs: tuple[tuple[Word, Node], ...]
    line: int

    def __str__(self) -> str:
        """As a message shows it."""
        keys = ", ".join(key.text for key, _ in self.pairs[:KEYS_SHOWN])
        more = ", …" if len(self.pairs) > KEYS_SHOWN else ""
        return f"a section with the keys {keys}{more}" if self.pairs else "an empty section"

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return next((value for word, value in self.pairs if word.text == key), None)

    def key(self, key: str) -> Word | None:
        """The key itself, with its line."""
        return next((word for word, _ in self.pairs if word.text == key), None)


KEYS_SHOWN = 4
Node = Word | Listing | Section


def line_of(node: Node, path: Sequence[str], line: int) -> int:
    """The line on which a key stands, or the nearest key above it that is written."""
    for step in path:
        word = node.key(step) if isinstance(node, Section) else None
        below = node.get(step) if isinstance(node, Section) else None
        if word is None or below is None:
            return line
        line, node = word.line, below
    return line


PROJECT_START = "write a starting file with `wattloom project new`"
"""What to do where there is nothing: other sorts of file begin elsewhere."""


def read_text(path: Path, *, start: str = PROJECT_START) -> str:
    """The text of a project file: UTF-8, of a size that a person writes."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise _refusal(
            path,
            None,
            (error.strerror or "no readable file").lower(),
            "a project file",
            f"check the path, or {start}",
        ) from error
    except ValueError as error:
        raise _refusal(path, None, "a path with a null character", "the path of a file", "check the path") from error
    if len(raw) > BYTES_MAX:
        raise _refusal(
            path,
            None,
            f"more than {BYTES_MAX // 1_000_000} MB",
            "a project file of at most 1 MB",
            "keep series in CSV, XLSX or Parquet files beside it and name them with file: and column:",
        )
    return _decoded(raw, path)


def read_nodes(text: str, path: Path, *, start: str = PROJECT_START) -> tuple[Section, list[Problem]]:
    """The file as nodes, and what was wrong without spoiling the rest: keys written twice, tags."""
    reading = _Reading(path)
    try:
        root = reading.document(YAML(typ="safe", pure=True).parse(text))
    except ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        raise _refusal(
            path, line, f"the control character U+{_code(error):04X}", "printable text", "delete it"
        ) from error
    except MarkedYAMLError as error:
        raise InputError(list(_syntax(error, text, path))) from error
    except FAULTS as error:
        raise _refusal(path, None, "text that is not YAML", "YAML: `key: value` lines", "correct the file") from error
    if root is None or (isinstance(root, Word) and root.empty):
        raise _refusal(path, 1, "an empty file", "a project", f"{start} and edit it")
    if not isinstance(root, Section):
        raise _refusal(
            path, root.line, str(root), "a section with keys such as name, site and assets", "write `key: value` lines"
        )
    return root, reading.problems


def _decoded(raw: bytes, path: Path) -> str:
    """The bytes as text, or a refusal that names the encoding they seem to have."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        other = _likely_encoding(raw)
        found = f"text in {other}" if other else f"the byte 0x{raw[error.start]:02X}, which is not UTF-8"
        source = other or "its encoding"
        raise _refusal(path, line, found, "UTF-8", f"save the file as UTF-8 (it is in {source} now)") from error


def _likely_encoding(raw: bytes) -> str:
    """GB18030 or UTF-16 where the bytes fit it; empty if nothing does."""
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "UTF-16"
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GB18030"


def _refusal(path: Path, line: int | None, found: str, expected: str, remedy: str) -> InputError:
    """An error about the file as a whole, or one of its lines."""
    where = str(path) if line is None else f"{path}:{line}"
    return InputError([Problem(where=where, found=found, expected=expected, remedy=remedy, line=line)])


def _code(error: ReaderError) -> int:
    """Code point of the character that the parser refused."""
    return error.character if isinstance(error.character, int) else ord(str(error.character)[:1] or "\0")


def _syntax(error: MarkedYAMLError, text: str, path: Path) -> Iterator[Problem]:
    """What broke the file's form: every line indented with a tab, else the spot where the parser gave up."""
    lines = text.splitlines()
    tabbed = [number for number, line in enumerate(lines, 1) if "\t" in line[: len(line) - len(line.lstrip())]]
    for line in tabbed:
        yield Problem(
            where=f"{path}:{line}",
            found="a tab before the text",
            expected="spaces",
            remedy="indent with two spaces for each level",
            line=line,
        )
    if not tabbed:
        opened = any(word in str(error.context) for word in ("quoted scalar", "flow"))
        mark = error.context_mark if opened and error.context_mark else error.problem_mark or error.context_mark
        line = min(mark.line + 1, max(len(lines), 1)) if mark else 1
        yield Problem(
            where=f"{path}:{line}", line=line, **_told(str(error.problem or error.context or ""), lines, line)
        )


def _told(problem: str, lines: list[str], line: int) -> dict[str, str]:
    """The parser's complaint in the words of somebody who writes project files."""
    shown = str(Word(lines[line - 1] if line <= len(lines) else "", line))
    if "mapping values are not allowed" in problem:
        expected, remedy = (
            "one `key: value` a line, all keys of a section indented alike",
            "check colons and indentation, here and above",
        )
    elif "could not find expected ':'" in problem:
        expected, remedy = "`key: value`", "put a colon and a space after the key, on this line or the one before"
    elif "unexpected end of stream" in problem:
        expected, remedy = "a closing quote", "close the quote that opens here"
    elif "cannot start any token" in problem:
        expected, remedy = "a value that starts with a letter or digit", "put the value in quotes"
    elif "',' or" in problem:
        expected, remedy = "a comma or a closing bracket", "close the bracket that opens here"
    elif "<block end>" in problem:
        expected, remedy = "lines of one section indented alike", "check the indentation of this line"
    else:
        expected, remedy = "YAML: `key: value` lines, sections indented by two spaces", f"correct it ({problem})"
    return {"found": shown, "expected": expected, "remedy": remedy}


@dataclass(slots=True)
class _Reading:
    """Builds nodes from the parser's events, one at a time, so that no depth and no alias can run away."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    """By `id` of a node: how many values it holds, aliases written out."""
    open: list[tuple[Event, list[Node]]] = field(default_factory=list)
    documents: int = 0
    counted: int = 0

    def document(self, events: Iterator[Any]) -> Node | None:
        """The file's one document; None where it is empty."""
        self.open.append((DocumentStartEvent(), []))
        for event in events:
            self._take(event)
        nodes = self.open[0][1]
        return nodes[0] if nodes else None

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _refusal(self.path, line, "a second document", "one project a file", "delete the line `---`")
        elif isinstance(event, DocumentEndEvent):
            return
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            if len(self.open) > DEPTH_MAX:
                raise _refusal(
                    self.path, line, f"more than {DEPTH_MAX} levels", "at most six or so", "write the file flatter"
                )
            self.open.append((event, []))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            start, nodes = self.open.pop()
            self._close(start, nodes)
        elif isinstance(event, ScalarEvent):
            self._tag(event, line)
            self._printable(event.value, line)
            self._keep(Word(event.value, line, quoted=event.style is not None), event, 1)
        elif isinstance(event, AliasEvent):
            self._alias(event, line)

    def _close(self, start: Any, nodes: list[Node]) -> None:
        line = start.start_mark.line + 1
        self._tag(start, line)
        size = 1 + sum(self.sizes[id(node)] for node in nodes)
        if isinstance(start, SequenceStartEvent):
            self._keep(Listing(tuple(nodes), line), start, size)
        else:
            self._keep(self._section(nodes, line), start, size)

    def _section(self, nodes: list[Node], line: int) -> Section:
        """Keys and values in turn; a key written twice is a problem, and its first value stands."""
        pairs: dict[str, tuple[Word, Node]] = {}
        for key, value in zip(nodes[::2], nodes[1::2], strict=True):
            if not isinstance(key, Word):
                self._problem(key.line, f"{key} as a key", "a word as a key", "write `key: value`")
            elif key.text in pairs:
                first = pairs[key.text][0].line
                self._problem(
                    key.line,
                    f"the key {key.text} a second time",
                    f"each key once (it stands on line {first})",
                    "keep one of the two",
                    key.text,
                )
            else:
                pairs[key.text] = (key, value)
        return Section(tuple(pairs.values()), line)

    def _alias(self, event: Any, line: int) -> None:
        node = self.anchors.get(event.anchor)
        if node is None:
            raise _refusal(
                self.path, line, f"*{event.anchor}", f"an anchor &{event.anchor} that ends above", "write the value out"
            )
        self.counted += self.sizes[id(node)]
        self._put(node, line)

    def _keep(self, node: Node, event: Any, size: int) -> None:
        self.sizes[id(node)] = size
        self.counted += 1
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        self._put(node, node.line)

    def _put(self, node: Node, line: int) -> None:
        if self.counted > VALUES_MAX or self.sizes[id(node)] > VALUES_MAX:
            raise _refusal(
                self.path,
                line,
                f"more than {VALUES_MAX:,} values (aliases written out)",
                "a file that a person can read",
                "keep series in files beside it, and write aliases out",
            )
        self.open[-1][1].append(node)

    def _tag(self, event: Any, line: int) -> None:
        if event.tag is not None:
            self._printable(str(event.tag), line)
            self._problem(line, f"the tag {event.tag}", "plain values", "delete the tag")

    def _printable(self, text: str, line: int) -> None:
        """Refuse control characters and half characters that escapes such as U+0000 bring in."""
        hidden = next((c for c in text if c not in "\n\t" and unicodedata.category(c) in {"Cc", "Cs"}), "")
        if hidden:
            raise _refusal(self.path, line, f"the control character U+{ord(hidden):04X}", "printable text", "delete it")

    def _problem(self, line: int, found: str, expected: str, remedy: str, key: str = "") -> None:
        # A section that is being read stands in the list of its own section as a key without a value yet.
        above = [nodes[-1] for event, nodes in self.open if isinstance(event, MappingStartEvent) and len(nodes) % 2]
        keys = [word.text for word in above if isinstance(word, Word)] + ([key] if key else [])
        where = f"{self.path}:{line} {'.'.join(keys)}".rstrip()
        self.problems.append(Problem(where=where, found=found, expected=expected, remedy=remedy, line=line))
