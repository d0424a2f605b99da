"""What does a project file look like at the start? Every key with its sentence; what must be written is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal

from wattloom.assets.contract import AssetKind, Choice, Stage
from wattloom.domain.errors import InputError
from wattloom.domain.fields import Help
from wattloom.edge.projects.kinds import KindOf
from wattloom.edge.projects.remedies import did_you_mean, listed, tidy
from wattloom.edge.projects.sections import ABSENT, Field, SectionOf, plain_of
from wattloom.edge.projects.several import ListOf, MapOf, below, single
from wattloom.edge.projects.shapes import Shape, Text
from wattloom.edge.projects.table import kinds_found, project_shape

Language = Literal["en", "zh"]

HEAD = {
    "en": """\
# yaml-language-server: $schema=wattloom.schema.json
# A Wattloom project. The line above lets editors complete and check the keys; write that file with
# `wattloom project schema > wattloom.schema.json`. Check this one with `wattloom project check`.
# Lines that begin with # and a key show what holds if you say nothing; take the # away (all of a block) to change it.
# A size is a number, or {min: …, max: …, unit_size: …} for the plan to choose. Where a number may vary in the year:
# {file: …, column: …, unit: …}, {dataset: …}, {by_hour: [24 values]} or {by_month: [12 values]}.
# Numbers below are examples, not advice: write your own.
""",
    "zh": """\
# yaml-language-server: $schema=wattloom.schema.json
# Wattloom 项目文件。上一行供编辑器补全和校验键名；该文件由 `wattloom project schema > wattloom.schema.json` 生成。
# 本文件用 `wattloom project check` 校验。以 # 紧接键名的行是缺省值；去掉 # 即可修改。
# 容量可写一个数，或写 {min: …, max: …, unit_size: …} 由规划选择。凡可随时间变化的数，也可写
# {file: …, column: …, unit: …}、{dataset: …}、{by_hour: [24 个值]} 或 {by_month: [12 个值]}。
# 下列数值仅为示例，请改为自己的数据。
""",
}
PLAIN_TEXT = re.compile(r"[^\W\d][\w /.-]*(?<! )")
"""A text that YAML takes without quotes, whatever reads it."""
TAKEN_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}
STARTING_KINDS = ("cluster", "grid", "solar", "battery")


def template(
    kinds: Sequence[str] | None = None,
    *,
    lang: Language = "en",
    dataset: str = "",
    territory: str = "",
    known: Mapping[str, AssetKind] | None = None,
) -> str:
    """A commented starting file that passes the check: a load and a grid connection, and the other `kinds`.

    `dataset` is the weather year that it names, one of those that ship with the package; `territory` that of the site.
    """
    found = kinds_found() if known is None else known
    wanted = list(STARTING_KINDS if kinds is None else (*STARTING_KINDS[:2], *kinds))
    for key in wanted if kinds is not None else ():
        if key not in found and key not in STARTING_KINDS:
            raise InputError.one(
                "kinds", found=key, expected=listed(sorted(found), most=40), remedy=did_you_mean(key, found, "use one")
            )
    root = project_shape(found)
    chosen = {("weather", "dataset"): dataset, ("connection", "territory"): territory}
    starts = _starts() | {key: Start(value) for key, value in chosen.items() if value}
    writer = _Writer(lang, _assets([key for key in wanted if key in found], root, found), starts)
    return HEAD[lang] + "\n" + "\n".join(writer.section(root, "", 0)) + "\n"


@dataclass(frozen=True, slots=True)
class Start:
    """What a starting file writes behind a key, and where that is from."""

    value: Any
    origin: Help | None = None
    """None where nobody needs to ask, such as a name."""


def _starts() -> dict[tuple[str, str], Start]:
    """The values of the table, by asset kind and key."""
    table = tomllib.loads(files(__package__).joinpath("starts.toml").read_text(encoding="utf-8"))
    return {
        (kind, key): Start(entry["value"], Help(entry.get("en", "assumed"), entry.get("zh", "假定值")))
        for kind, keys in table.items()
        for key, entry in keys.items()
    }


def write_new(path: Path, text: str) -> None:
    """Put a starting file where none is; one that is there stays as it is."""
    try:
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise InputError.one(
            str(path), found="a file of that name", expected="no file yet", remedy="choose another name, or move it"
        ) from error
    except OSError as error:
        found = (error.strerror or "no writable place").lower()
        raise InputError.one(
            str(path), found=found, expected="a folder that can be written to", remedy="choose another place"
        ) from error


@dataclass(frozen=True, slots=True)
class _Started:
    """An asset of the starting file."""

    kind: AssetKind
    section: SectionOf


def _assets(wanted: Collection[str], root: SectionOf, kinds: Mapping[str, AssetKind]) -> dict[str, _Started]:
    """The assets to write, each named as its kind."""
    each = next(field.shape.each for field in root.fields if isinstance(field.shape, MapOf) and field.name == "assets")
    if not isinstance(each, KindOf):
        raise TypeError("the assets of a project are told by kind")
    return {key: _Started(kinds[key], each.sections[key]) for key in dict.fromkeys(wanted)}


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes shapes as YAML with comments."""

    lang: Language
    assets: Mapping[str, _Started]
    starts: Mapping[tuple[str, str], Start]

    def section(self, shape: SectionOf, scope: str, depth: int, given: Any = None) -> Iterator[str]:
        """Every key of a section. `given` is a value of it, whose fields stand in place of the defaults."""
        for number, field in enumerate(shape.fields):
            if depth == 0 and number:
                yield ""
            default = field.default if given is None else getattr(given, field.name)
            yield from self._comment(field, depth)
            yield from self._key(field, scope, default, depth)

    def _comment(self, field: Field, depth: int) -> Iterator[str]:
        words = self._said(field.help)
        held = single(field.shape)
        parts = below(held) is not None or (isinstance(held, MapOf) and isinstance(held.each, KindOf))
        limits = "" if parts else field.shape.limits()
        if words or limits:
            text = " ".join(filter(None, [words, f"[{limits}]" if limits else ""]))
            yield from wrap(text, WIDTH, initial_indent=f"{INDENT * depth}# ", subsequent_indent=f"{INDENT * depth}# ")

    def _key(self, field: Field, scope: str, default: Any, depth: int) -> Iterator[str]:
        """A key that must be written is written; one that may be left away stands behind a #."""
        pad = INDENT * depth
        inner = below(field.shape)
        start = self.starts.get((scope, field.name))
        if start is None and default is ABSENT and field.example is not ABSENT:
            start = Start(field.example)
        if isinstance(field.shape, MapOf) and isinstance(field.shape.each, KindOf):
            yield f"{pad}{field.name}:"
            yield from self._started(depth + 1)
        elif isinstance(field.shape, SectionOf):
            yield f"{pad}{field.name}:"
            yield from self.section(field.shape, field.name, depth + 1, None if default is ABSENT else default)
        elif start is not None:
            yield from self._written(field.name, start, pad)
        elif inner is not None and (field.required or default is None or isinstance(default, Mapping)):
            lines = self._inner(field, inner, default, depth if field.required else 0)
            yield from lines if field.required else (f"{pad}#{line}" for line in lines)
        elif field.required:
            value = self._sample(field.shape) if default is ABSENT else lean(default)
            yield f"{pad}{field.name}: {flow(value)}".rstrip()
        else:
            yield f"{pad}#{field.name}: {flow(lean(default))}".rstrip()

    def _inner(self, field: Field, inner: SectionOf, default: Any, depth: int) -> Iterator[str]:
        """A key with sections of its own below it: by name, in a list, or one that may be left away."""
        pad = INDENT * depth
        yield f"{pad}{field.name}:"
        if isinstance(default, Mapping) or isinstance(single(field.shape), MapOf):
            for name, value in (default or {"first": None}).items():
                yield f"{pad}{INDENT}{name}:"
                yield from self.section(inner, "", depth + 2, value)
        elif isinstance(single(field.shape), ListOf):
            lines = list(self.section(inner, "", depth + 2))
            yield f"{pad}{INDENT}-"
            yield from lines
        else:
            yield from self.section(inner, "", depth + 1, default)

    def _written(self, key: str, start: Start, pad: str) -> Iterator[str]:
        """A key with a value to begin with, and where that is from."""
        origin = f"  # {self._said(start.origin)}" if start.origin else ""
        yield f"{pad}{key}: {flow(start.value)}{origin}".rstrip()

    def _started(self, depth: int) -> Iterator[str]:
        """The assets."""
        for name, asset in self.assets.items():
            pad = INDENT * depth
            yield f"{pad}# {self._said(asset.kind.title)}"
            yield f"{pad}{name}:"
            yield f"{pad}{INDENT}kind: {asset.kind.key}"
            yield from self.section(asset.section, asset.kind.key, depth + 1)

    def _sample(self, shape: Shape) -> Any:
        """A value that is right; the name of an asset is one of those that give power."""
        if isinstance(shape, ListOf) and isinstance(shape.each, Text) and shape.each.names == "asset":
            givers = [name for name, asset in self.assets.items() if asset.kind.fields.STAGE is Stage.SOURCE]
            return givers[:1] or list(self.assets)[:1]
        return shape.sample()

    def _said(self, sentence: Help) -> str:
        """The sentence in the language of the file."""
        return sentence.zh or sentence.en if self.lang == "zh" else sentence.en


INDENT = "  "
WIDTH = 112
"""Of a comment, leaving room for the # of a section that may be left away."""


def lean(value: Any) -> Any:
    """A default as plain data, an endless choice without its end."""
    if isinstance(value, Choice):
        ends = {"min": value.min, "max": value.max, "unit_size": value.unit_size}
        return {key: end for key, end in ends.items() if end is not None and end != float("inf")}
    return plain_of(value)


def flow(value: Any) -> str:
    """A value on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return tidy(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    text = str(value)
    plain = PLAIN_TEXT.fullmatch(text) and text.casefold() not in TAKEN_WORDS
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
