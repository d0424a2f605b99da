"""A file that is no project is refused politely, and before it can do harm."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from wattloom.domain.errors import Problem
from wattloom.edge import projects

Check = Callable[[str | bytes], list[Problem]]
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "found", "remedy"),
    [
        ("", 1, "an empty file", "write a starting file with `wattloom project new` and edit it"),
        ("# only a comment\n", 1, "an empty file", None),
        ("null\n", 1, "an empty file", None),
        ("- a\n- b\n", 1, "a list of 2", "write `key: value` lines"),
        ("Xinjiang\n", 1, "Xinjiang", "write `key: value` lines"),
        ("name: a\nsite:\n\tlatitude_deg: 1\n", 3, "a tab before the text", "indent with two spaces for each level"),
        ("name: a: b\n", 1, "name: a: b", "check colons and indentation, here and above"),
        ("name: a\n  site: b\n", 2, "site: b", "check colons and indentation, here and above"),
        (
            "name: a\nsite\nconnection: b\n",
            3,
            "connection: b",
            "put a colon and a space after the key, on this line or the one before",
        ),
        ('name: "a\nsite: b\n', 1, 'name: "a', "close the quote that opens here"),
        ("name: [a, b\nsite: c\n", 1, "name: [a, b", "close the bracket that opens here"),
        ("name: @a\n", 1, "name: @a", "put the value in quotes"),
        ("name: a\n---\nname: b\n", 2, "a second document", "delete the line `---`"),
        ("name: a\x01b\n", 1, "the control character U+0001", "delete it"),
        ('name: "a\\ud800"\n', 1, "the control character U+D800", "delete it"),
        ('name: "a\\0"\n', 1, "the control character U+0000", "delete it"),
        ('name: "\\UFFFFFFFF"\n', None, "text that is not YAML", "correct the file"),
        ("%YAML 1.11\n", None, "text that is not YAML", "correct the file"),
        ("a: *b\n", 1, "*b", "write the value out"),
        ("a: &a [*a]\n", 1, "*a", "write the value out"),
        (BOMB, None, "more than 50,000 values (aliases written out)", None),
        ("a: " + "[" * 5000, 1, "more than 30 levels", "write the file flatter"),
        ("x: 1\n" * 60_000, None, "more than 50,000 values (aliases written out)", None),
        ("# " + "x" * 1_000_000, None, "more than 1 MB", None),
        ("name: 五\n".encode("gb18030"), 1, "text in GB18030", "save the file as UTF-8 (it is in GB18030 now)"),
        ("name: a\n".encode("utf-16"), 1, "text in UTF-16", None),
        (b"name: a\nsite: \xff\xff\xff\n", 2, "the byte 0xFF, which is not UTF-8", None),
    ],
)
def test_what_is_no_project_is_refused_in_one_problem(
    check: Check, text: str | bytes, line: int | None, found: str, remedy: str | None
) -> None:
    problems = check(text)

    assert [p.found for p in problems] == [found]
    assert line is None or problems[0].line == line
    assert remedy is None or problems[0].remedy == remedy


def test_every_line_indented_with_a_tab_is_told(check: Check) -> None:
    assert [p.line for p in check("site:\n\ta: 1\nmoney:\n\tb: 1\n")] == [2, 4]


def test_a_byte_order_mark_and_windows_lines_are_taken(check: Check, right: str) -> None:
    assert check(b"\xef\xbb\xbf" + right.replace("\n", "\r\n").encode()) == []


def test_tags_are_refused_and_never_obeyed(check: Check, right: str) -> None:
    found = check(right.replace("name: Five megawatts", "name: !!python/object/apply:os.getcwd []"))

    assert ("plain values", "delete the tag") in [(p.expected, p.remedy) for p in found]
    assert found[0].found == "the tag tag:yaml.org,2002:python/object/apply:os.getcwd"


def test_a_key_that_is_no_word_is_one_problem_beside_the_others(check: Check, right: str) -> None:
    found = check(right + "? [a, b]\n: c\nlatitude_deg: 1\n")

    assert [(p.line, p.found) for p in found] == [(30, "a list of 2 as a key"), (32, "the key latitude_deg")]


def test_a_key_written_twice_is_told_by_its_whole_name(check: Check, right: str) -> None:
    found = check(right.replace("share: 0.6", "share: 0.6, share: 0.7"))

    assert [p.where.split(" ", 1)[1] for p in found] == ["assets.hall.classes.chat.share"]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "\0", "x" * 300])
def test_a_path_without_a_readable_file_is_an_input_error(tmp_path: Path, name: str) -> None:
    found = projects.check(tmp_path / name, territories=(), kinds={})

    assert len(found) == 1
    assert found[0].line is None


def test_an_endless_device_is_read_no_further_than_the_limit() -> None:
    if not os.path.exists("/dev/zero"):  # noqa: PTH110 - a device, not a file
        pytest.skip("no such device here")

    assert projects.check("/dev/zero", territories=(), kinds={})[0].found == "more than 1 MB"
