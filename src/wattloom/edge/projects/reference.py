"""Which keys may a project file hold? The page of the docs, written from the same table as the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wattloom.assets.contract import AssetKind, ByHour, ByMonth, Choice, FromFile
from wattloom.domain.fields import Help
from wattloom.edge.projects.kinds import KindOf
from wattloom.edge.projects.sections import Field, SectionOf
from wattloom.edge.projects.several import ListOf, MapOf, below, single
from wattloom.edge.projects.sorts import sort_of
from wattloom.edge.projects.table import kinds_found, plain_section, project_shape
from wattloom.edge.projects.template import Language, flow, lean

WORDS = {
    "en": {
        "title": "The project file",
        "lead": "Every key, and what it may hold. This page is written from the fields of the program.",
        "columns": "| key | may hold | if left away | meaning |",
        "required": "must be written",
        "empty": "nothing",
        "top": "The file",
        "kind": "Assets of the kind",
        "form": "In place of a number",
        "guide": "[How such a file is begun]({guide}); `wattloom project check FILE --sort {sort}` checks one,\n"
        "`wattloom project schema --sort {sort}` prints its JSON schema.",
        "assets": "An asset holds what its kind does in [a project file](project-file.md).",
    },
    "zh": {
        "title": "项目文件",
        "lead": "全部键名及其取值。本页由程序字段生成。",
        "columns": "| 键 | 取值 | 缺省 | 含义 |",
        "required": "必填",
        "empty": "无",
        "top": "文件",
        "kind": "设备类别",
        "form": "代替数值的写法",
        "guide": "[入门]({guide})；`wattloom project check FILE --sort {sort}` 检查文件，\n"
        "`wattloom project schema --sort {sort}` 输出其 JSON 模式。",
        "assets": "设备的键与[项目文件](project-file.md)中该类别相同。",
    },
}


FORMS = (Choice, FromFile, ByHour, ByMonth)
"""What may stand in place of a number: a size that the plan chooses, a series."""


def reference(*, lang: Language = "en", kinds: Mapping[str, AssetKind] | None = None) -> str:
    """The page of all keys, as Markdown."""
    words = WORDS[lang]
    root = project_shape(kinds_found() if kinds is None else kinds)
    lines = [f"# {words['title']}", "", words["lead"], *_sections(root, lang)]
    for kind in filter(None, map(_kinds_in, root.fields)):
        for key, section in kind.sections.items():
            title = f"{words['kind']} `{key}`: {_said(kind.kinds[key].title, lang)}"
            lines += _table(title, _rows(section.fields, lang), lang)
    for form in FORMS:
        section = plain_section(form)
        lines += _table(f"{words['form']}: `{{{', '.join(section.names())}}}`", _rows(section.fields, lang), lang)
    return "\n".join(lines) + "\n"


def reference_of(sort: str, *, lang: Language = "en") -> str:
    """The page of a file of another sort, such as `bids`; what assets hold stands on the project file's."""
    found, words = sort_of(sort), WORDS[lang]
    title = found.title.zh if lang == "zh" else found.title.en
    guide = words["guide"].format(guide=f"../how-to/{found.guide}.md", sort=found.key)
    also = [words["assets"]] if found.has_assets else []
    return "\n".join([f"# {title}", "", words["lead"], guide, *also, *_sections(found.shape(), lang)]) + "\n"


def _sections(root: SectionOf, lang: Language) -> list[str]:
    """A table for the keys of the top level, and one for each key with keys below it."""
    plain = [field for field in root.fields if below(field.shape) is None and _kinds_in(field) is None]
    lines = _table(WORDS[lang]["top"], _rows(plain, lang), lang)
    for field in root.fields:
        section = below(field.shape)
        if section is not None:
            many = {MapOf: ".<name>", ListOf: "[]"}.get(type(single(field.shape)), "")
            lines += _table(f"`{field.name}{many}`", _rows(section.fields, lang), lang)
    return lines


def _kinds_in(field: Field) -> KindOf | None:
    """The asset kinds, where a field holds assets."""
    return field.shape.each if isinstance(field.shape, MapOf) and isinstance(field.shape.each, KindOf) else None


def _table(title: str, rows: Iterator[str], lang: Language) -> list[str]:
    """A heading with its table."""
    return ["", f"## {title}", "", WORDS[lang]["columns"], "|---|---|---|---|", *rows]


def _rows(fields: tuple[Field, ...] | list[Field], lang: Language, above: str = "") -> Iterator[str]:
    """One line a key, sections below it with their whole key."""
    for field in fields:
        key = f"{above}{field.name}"
        inner = below(field.shape)
        default = WORDS[lang]["required"] if field.required else "" if inner else _default(field, lang)
        holds = field.shape.limits() or ("" if inner else field.shape.expected())
        cells = [f"`{key}`", holds, default, _said(field.help, lang)]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        if inner is not None:
            named = ".<name>." if isinstance(single(field.shape), MapOf) else "."
            yield from _rows(inner.fields, lang, above=f"{key}{named}")


def _default(field: Field, lang: Language) -> str:
    """What holds if nothing is written."""
    written = flow(lean(field.default))
    return WORDS[lang]["empty"] if written in {"", '""', "inf", "[]", "{}"} else written


def _said(sentence: Help, lang: Language) -> str:
    """The sentence in the language of the page."""
    return sentence.zh or sentence.en if lang == "zh" else sentence.en
