"""Changing the last digit of any one rule value is noticed: by reading, by a law, or by what was transcribed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.rules import comparing
from tests.rules.test_response import READ_AGAIN

from wattloom import rules
from wattloom.domain.errors import InputError
from wattloom.rules.checks import Weight, findings
from wattloom.rules.holidays import parse_holidays
from wattloom.rules.power_factor import parse_power_factors
from wattloom.rules.reading import parse_national, parse_territory
from wattloom.rules.response import parse_response

FOLDER = Path(rules.__file__).parent
TOKEN = re.compile(
    r'"(?P<text>[^"]*)"|(?P<date>\d{4}-\d{2}-\d{2})|(?<![\w.-])(?P<number>-?\d+(?:\.\d+)?)(?![\w.-])|\b(?P<flag>true|false)\b'
)
BANDS = re.compile(r"[SPFVD.]{48}")


@dataclass(frozen=True, slots=True)
class Change:
    """One value of one file, changed."""

    file: Path
    line: int
    start: int
    end: int
    new: str

    @property
    def name(self) -> str:
        """Where, and what to."""
        return f"{self.file.relative_to(FOLDER)}:{self.line + 1} → {self.new}"

    def text(self) -> str:
        """The file with the value changed."""
        lines = self.file.read_text(encoding="utf-8").splitlines()
        lines[self.line] = lines[self.line][: self.start] + self.new + lines[self.line][self.end :]
        return "\n".join(lines) + "\n"


def changes(file: Path) -> Iterator[Change]:
    """Every value of a file with its last digit, letter or word changed; names and prose stay."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines()):
        if line.startswith(("#", "[")):
            continue
        for token in TOKEN.finditer(line):
            new = changed(token)
            if new is not None:
                yield Change(file, number, *token.span(), new)


def changed(token: re.Match[str]) -> str | None:
    """Another value in the place of one; None for prose."""
    if token["text"] is not None:
        if not BANDS.fullmatch(token["text"]):
            return None
        other = next(letter for letter in "PV" if letter != token["text"][-1])
        return f'"{token["text"][:-1]}{other}"'
    if token["date"] is not None:
        return (date.fromisoformat(token["date"]) + timedelta(days=1)).isoformat()
    if token["flag"] is not None:
        return "false" if token["flag"] == "true" else "true"
    digit = token["number"][-1]
    return token["number"][:-1] + ("8" if digit == "9" else str(int(digit) + 1))


def noticed_in_territory(text: str, file: Path) -> bool:
    """Whether a law or a comparison says something of a territory's file."""
    key = file.parent.name
    land = parse_territory(text, key=key)
    documents = tomllib.loads(text).get("documents", {})
    return (
        any(found.weight is Weight.FAULT for found in findings(land))
        or any(comparing.of_territory(land))
        or any(comparing.of_documents(documents, table="documents_of_territories"))
    )


def noticed_in_national(text: str, _: Path) -> bool:
    return any(comparing.of_national(*parse_national(text)))


def noticed_in_documents(text: str, _: Path) -> bool:
    return any(comparing.of_documents(tomllib.loads(text), table="documents"))


def noticed_in_holidays(text: str, _: Path) -> bool:
    return any(comparing.of_holidays(parse_holidays(text)))


def noticed_in_power_factors(text: str, _: Path) -> bool:
    return any(comparing.of_power_factors(parse_power_factors(text)))


def noticed_in_response(text: str, _: Path) -> bool:
    found = {one.key: {name: stated.value for name, stated in one.parameters.items()} for one in parse_response(text)}
    return found != READ_AGAIN or any(
        comparing.of_documents(tomllib.loads(text)["documents"], table="documents_of_response")
    )


JUDGES: dict[str, Callable[[str, Path], bool]] = {
    "facts.toml": noticed_in_territory,
    "national.toml": noticed_in_national,
    "documents.toml": noticed_in_documents,
    "holidays.toml": noticed_in_holidays,
    "power_factor.toml": noticed_in_power_factors,
    "response.toml": noticed_in_response,
}
FILES = sorted(path for path in FOLDER.rglob("*.toml") if path.name in JUDGES)


def noticed(text: str, file: Path) -> bool:
    """Whether anything says that a file has changed; one that cannot be read says so itself."""
    try:
        return JUDGES[file.name](text, file)
    except (InputError, ValueError):
        return True


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_rules_are_what_was_transcribed(file: Path) -> None:
    assert not noticed(file.read_text(encoding="utf-8"), file)


def test_a_changed_last_digit_of_any_value_is_noticed() -> None:
    every = [change for file in FILES for change in changes(file)]

    assert len(every) > 1900
    assert [change.name for change in every if not noticed(change.text(), change.file)] == []


def test_a_law_notices_what_no_comparison_sees() -> None:
    land = rules.territory("ningxia")
    ten_kv = land.tiers[1]
    assert (ten_kv.demand_cny_per_kw_month, ten_kv.capacity_cny_per_kva_month) == (28.8, 18.0)
    wrong = replace(ten_kv, capacity_cny_per_kva_month=18.1)  # 28.8 ÷ 1.6 = 18.0, printed to a tenth.

    found = findings(replace(land, tiers=(land.tiers[0], wrong, *land.tiers[2:])))

    assert [(one.check, one.problem.where) for one in found if one.weight is Weight.FAULT] == [
        ("demand_and_capacity_prices", "ningxia tariff 1-10(20)kV")
    ]
