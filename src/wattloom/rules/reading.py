"""What do the data files say? TOML into territories and national facts; every fault is told, with its place."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from wattloom.domain.charges import PriceBasis
from wattloom.domain.errors import InputError, Problem
from wattloom.domain.text import SILENT, Text
from wattloom.domain.verdicts import Clause, Confidence
from wattloom.rules.band_reading import HALF_HOURS_PER_DAY, time_of_use_versions
from wattloom.rules.contract import Fact, TariffTier, Territory
from wattloom.rules.market_words import MARKET_WORDS
from wattloom.rules.vocabulary import BY_NAME, Word

UNKNOWN = Text("unknown", "未知")


@dataclass(frozen=True, slots=True)
class Reader:
    """One data file being read, with what was found wrong in it."""

    where: str
    documents: Mapping[str, Mapping[str, Any]]
    problems: list[Problem] = field(default_factory=list)

    def fault(self, key: str, *, found: object, expected: str, remedy: str) -> None:
        """Note a fault and go on."""
        self.problems.append(Problem(where=f"{self.where} {key}", found=str(found), expected=expected, remedy=remedy))

    def finish(self) -> None:
        """Raise everything that was found."""
        if self.problems:
            raise InputError(self.problems)

    def clause(self, key: str, entry: Mapping[str, Any]) -> tuple[Clause, int | None]:
        """Where an entry is written, and the last year its document speaks of; its own words come first."""
        named = entry.get("source", "")
        if "document" not in entry and named not in self.documents:
            known = ", ".join(sorted(self.documents))
            self.fault(key, found=f"source {named!r}", expected=f"one of {known}", remedy="name a document, or add it")
        base = {} if "document" in entry else self.documents.get(named, {})
        own = {k: v for k, v in entry.items() if k != "source" or "document" in entry}
        said = {**base, **own}
        in_force = said.get("in_force")
        issued = base.get("in_force")
        if isinstance(issued, date) and isinstance(in_force, date) and in_force < issued:
            expected = f"not before {issued}, when its document came into force"
            self.fault(key, found=f"in_force {in_force}", expected=expected, remedy="correct the day, or the document")
        clause = Clause(
            document=self.text(key, said, "document") or UNKNOWN,
            article=self.text(key, said, "article"),
            in_force=in_force if isinstance(in_force, date) else None,
            source=self.text(key, said, "source"),
            confidence=self.confidence(key, said.get("confidence", "verified")),
        )
        return clause, said.get("last_year")

    def text(self, key: str, said: Mapping[str, Any], name: str) -> Text:
        """Words of an entry in both languages: prose needs its Chinese beside it, numbers and addresses do not."""
        english = said.get(name, "")
        chinese = said.get(f"{name}_zh", "")
        if not chinese and name == "note" and english:
            self.fault(key, found=f"{name} in English only", expected=f"{name}_zh", remedy=f"add {name}_zh")
        return Text(english, chinese or english) if english else SILENT

    def confidence(self, key: str, said: str) -> Confidence:
        """How sure the file says a value is."""
        words = {confidence.value: confidence for confidence in Confidence}
        if said not in words:
            self.fault(
                key, found=f"confidence {said!r}", expected=f"one of {', '.join(words)}", remedy="use a known word"
            )
        return words.get(said, Confidence.UNVERIFIED)

    def fact(self, word: Word, entry: Mapping[str, Any], *, place: str) -> Fact:
        """One value with its clause."""
        value = entry.get("value")
        problem = None if value is None else word.problem_with(value, where=f"{self.where} {place}")
        if problem:
            self.problems.append(problem)
        clause, last_year = self.clause(place, entry)
        return Fact(
            value=value,
            unit=word.unit,
            clause=clause,
            price_basis=PriceBasis.WITH_VAT if word.is_price else None,
            note=self.text(place, entry, "note"),
            last_year=last_year,
        )

    def facts(
        self, table: Mapping[str, Any], *, words: Mapping[str, Word] = BY_NAME, key: str = "facts"
    ) -> dict[str, tuple[Fact, ...]]:
        """All values by name, each list in the order of its dates."""
        result = {}
        for name, entries in table.items():
            place = f"{key}.{name}"
            if name not in words:
                remedy = f"add it to rules/{'vocabulary' if words is BY_NAME else 'market_words'}.py"
                self.fault(place, found=name, expected="a known name", remedy=remedy)
                continue
            listed = entries if isinstance(entries, list) else [entries]
            dated = [self.fact(words[name], entry, place=place) for entry in listed]
            result[name] = tuple(sorted(dated, key=lambda fact: fact.clause.in_force or date.min))
        return result

    def tariffs(self, given: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[TariffTier, ...]:
        """The tiers of every tariff that is known, the oldest tariff first, in each the lowest voltage first."""
        listed = [given] if isinstance(given, Mapping) else given
        found = [self.tiers(table) for table in listed]
        found.sort(key=lambda tiers: (tiers[0].clause.in_force if tiers else None) or date.min)
        return tuple(tier for tiers in found for tier in tiers)

    def tiers(self, table: Mapping[str, Any]) -> tuple[TariffTier, ...]:
        """The voltage tiers, lowest voltage first; overlaps are faults."""
        clause, last_year = self.clause("tariff", table)
        if not table.get("tiers"):
            self.fault(
                "tariff", found="no tiers", expected="one table for each voltage tier", remedy="add [[tariff.tiers]]"
            )
        for number, entry in enumerate(table.get("tiers", []), start=1):
            lacking = {"tier", "kv"} - set(entry)
            if lacking:
                lacks = " and ".join(sorted(lacking))
                self.fault(f"tariff.tiers {number}", found=f"no {lacks}", expected="tier and kv", remedy=f"add {lacks}")
        if self.problems:
            return ()
        tiers = [
            TariffTier(
                tier=entry["tier"],
                kv_lowest=entry["kv"][0],
                kv_highest=entry["kv"][1],
                single_part_cny_per_kwh=entry.get("single_part_cny_per_kwh"),
                energy_cny_per_kwh=entry.get("energy_cny_per_kwh"),
                demand_cny_per_kw_month=entry.get("demand_cny_per_kw_month"),
                capacity_cny_per_kva_month=entry.get("capacity_cny_per_kva_month"),
                clause=clause,
                last_year=last_year,
            )
            for entry in table.get("tiers", [])
        ]
        tiers.sort(key=lambda tier: tier.kv_lowest)
        for lower, upper in pairwise(tiers):
            if upper.kv_lowest < lower.kv_highest:
                self.fault(
                    f"tariff.tiers {upper.tier}",
                    found=f"from {upper.kv_lowest:g} kV",
                    expected=f"from {lower.kv_highest:g} kV",
                    remedy="correct the kv of one tier",
                )
        return tuple(tiers)


@cache
def documents() -> Mapping[str, Mapping[str, Any]]:
    """The documents that any file may cite, by key."""
    return tomllib.loads(_of_rules("documents.toml"))


@cache
def document_clause(key: str) -> Clause:
    """The clause of a document as a whole."""
    return Reader("documents.toml", documents()).clause(key, {"source": key})[0]


def cited(
    entries: Sequence[Mapping[str, Any]], *, where: str, own: Mapping[str, Mapping[str, Any]]
) -> tuple[tuple[Clause, Text], ...]:
    """Clause and note of each entry of another data file, which may bring its own documents."""
    reader = Reader(where, {**documents(), **own})
    found = tuple(
        (reader.clause(f"entry {place}", entry)[0], reader.text(f"entry {place}", entry, "note"))
        for place, entry in enumerate(entries, start=1)
    )
    reader.finish()
    return found


@cache
def national_facts() -> Mapping[str, tuple[Fact, ...]]:
    """What holds everywhere, by name, the values in the order of their dates."""
    return parse_national(_of_rules("national.toml"))[0]


@cache
def national_market() -> Mapping[str, tuple[Fact, ...]]:
    """Market parameters of the country and its regions, by name, the values in the order of their dates."""
    return parse_national(_of_rules("national.toml"))[1]


def parse_national(text: str) -> tuple[dict[str, tuple[Fact, ...]], dict[str, tuple[Fact, ...]]]:
    """Facts and market parameters from the text of the national file; raises `InputError` with every fault."""
    table = tomllib.loads(text)
    reader = Reader("national.toml", {**documents(), **table.get("documents", {})})
    found = reader.facts(table["facts"]), reader.facts(table["market"], words=MARKET_WORDS, key="market")
    reader.finish()
    return found


def _of_rules(name: str) -> str:
    """The text of a file beside this one."""
    return files("wattloom.rules").joinpath(name).read_text(encoding="utf-8")


def read_territory(package: str) -> Territory:
    """The territory that a folder's facts.toml describes."""
    text = files(package).joinpath("facts.toml").read_text(encoding="utf-8")
    return parse_territory(text, key=package.rpartition(".")[2])


def parse_territory(text: str, *, key: str) -> Territory:
    """A territory from the text of its file; raises `InputError` with every fault."""
    table = tomllib.loads(text)
    reader = Reader(f"{key}/facts.toml", {**documents(), **table.get("documents", {})})
    tiers, facts = reader.tariffs(table.get("tariff", {})), reader.facts(table.get("facts", {}))
    versions = time_of_use_versions(reader, table)
    territory = Territory(
        key=key,
        name_en=table.get("name_en", key),
        name_zh=table.get("name_zh", key),
        tiers=tiers,
        facts=facts,
        time_of_use=versions[-1] if versions else None,
        time_of_use_versions=versions,
        market=reader.facts(table.get("market", {}), words=MARKET_WORDS, key="market"),
    )
    reader.finish()
    return territory


__all__ = [
    "HALF_HOURS_PER_DAY",
    "Reader",
    "cited",
    "document_clause",
    "documents",
    "national_facts",
    "national_market",
    "parse_national",
    "parse_territory",
    "read_territory",
]
