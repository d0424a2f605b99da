"""Where is everything joined? Names of use cases and rooms, each loaded when it is first asked for.

The only file that sees the whole house, so that `wattloom --help` loads nothing heavy.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from wattloom.edge.cli.commands import commands
from wattloom.edge.cli.doors import Doors

if TYPE_CHECKING:
    from pathlib import Path

    from wattloom.plan.result import Scan, SitePlan

USE_CASES = (
    "plan_site",
    "plan_compare",
    "plan_frontier",
    "dispatch_day",
    "dispatch_replay",
    "flexibility_assess",
    "match_now",
    "match_replay",
    "match_study",
    "forecast_day",
    "forecast_intraday",
    "forecast_backtest",
    "forecast_board",
    "ledger_verify",
    "ledger_export",
    "certificates_issue",
    "certificates_match",
    "certificates_verify",
    "carbon_report",
    "rules_show",
    "rules_diff",
    "rules_check",
)
"""Use cases that need nothing of the edge: `app/NAME.py` holds the function NAME."""


def main() -> None:
    """Run the command line."""
    commands(Doors(find=find))()


def find(name: str) -> Any:
    """A use case or a room of the edge, by name."""
    if name in USE_CASES:
        return getattr(importlib.import_module(f"wattloom.app.{name}"), name)
    return _WIRED[name]()


def _workers() -> Callable[[int | None], Any]:
    from wattloom.edge.workers import LocalProcesses

    return LocalProcesses


def _read_project() -> Callable[..., Any]:
    from dataclasses import replace

    from wattloom.app.project_check import project_read
    from wattloom.edge import projects
    from wattloom.intake import datasets

    def read(path: Path, *, step_minutes: int | None = None) -> Any:
        project = project_read(path, read=projects.read, datasets=datasets.names())
        if step_minutes is None:
            return project
        return replace(project, study=replace(project.study, step_minutes=step_minutes))  # type: ignore[arg-type]

    return read


def _project_check() -> Callable[[Path], Any]:
    from wattloom.app.project_check import project_check
    from wattloom.edge import projects
    from wattloom.intake import datasets

    return lambda path: project_check(path, read=projects.read, datasets=datasets.names())


def _project_schema() -> Callable[[], Any]:
    from wattloom.app.project_schema import project_schema
    from wattloom.edge import projects

    return lambda: project_schema(schema=projects.schema)


def _project_new() -> Callable[..., Any]:
    from functools import partial

    from wattloom.app.project_new import project_new
    from wattloom.edge import projects

    return partial(project_new, template=projects.template, write=projects.write_new)


def _territory_keys() -> Callable[[], tuple[str, ...]]:
    from wattloom import rules

    return rules.territory_keys


def _write_plan() -> Callable[..., None]:
    from wattloom.edge import reports, store

    def write(plan: SitePlan, target: Path, *, source: Path, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.plan_files(plan, lang=lang)
        store.write_run(target, {**files, "project.yaml": source.read_bytes()})

    return write


def _write_scan() -> Callable[..., None]:
    from wattloom.edge import reports, store

    def write(scan: Scan, target: Path, *, title: str, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.scan_files([scan], title=title, notes={"en": [], "zh": []}, lang=lang)
        store.write_run(target, files)

    return write


def _plan_answer() -> Callable[..., Any]:
    from wattloom.edge.reports import terminal

    return terminal.answer


def _scan_table() -> Callable[..., Any]:
    from wattloom.edge.reports import terminal

    return terminal.scan


def _read_dispatch() -> Callable[[Path], Any]:
    from wattloom.edge import projects
    from wattloom.intake import datasets
    from wattloom.rules import territory_keys

    return lambda path: projects.read_dispatch(path, territories=territory_keys(), datasets=datasets.names())


def _read_forecasts_of() -> Callable[[Any], Any]:
    from wattloom.edge import projects

    return projects.read_forecasts_of


def _read_match() -> Callable[[Path], Any]:
    from wattloom.edge import projects
    from wattloom.intake import datasets
    from wattloom.rules import territory_keys

    return lambda path: projects.read_match(path, territories=territory_keys(), datasets=datasets.names())


def _read_forecast() -> Callable[[Path], Any]:
    from wattloom.edge import projects

    return projects.read_forecast


def _forecast_looks() -> Callable[[Path], Any]:
    from datetime import UTC, datetime

    from wattloom.edge.store.board import BoardStore, Look
    from wattloom.forecast.board import Entry, Question

    class Looks:
        """A board that writes down when somebody looked."""

        def __init__(self, path: Path) -> None:
            """Name the file."""
            self.store = BoardStore(path)

        def look(self, question: Question) -> int:
            """Note a look at this moment."""
            return self.store.look(
                Look(test_id=question.test_id, question_id=question.id, model=question.model, at=datetime.now(tz=UTC))
            )

        def add(self, entry: Entry) -> str:
            """Keep a score."""
            return self.store.add(entry)

    return Looks


def _forecast_entries() -> Callable[[Path], Any]:
    from collections import Counter

    from wattloom.edge.store.board import BoardStore

    def read(path: Path) -> Any:
        store = BoardStore(path)
        return store.entries(), Counter(look.test_id for look in store.looks())

    return read


def _ledger_book() -> Callable[..., Any]:
    from pathlib import Path

    from wattloom.domain.errors import InputError
    from wattloom.edge.store.ledger import SqliteBook

    def book(address: str, *, must_exist: bool = False) -> Any:
        if "=" in address or address.startswith("postgres"):
            from wattloom.edge.store.ledger_postgres import PostgresBook

            return PostgresBook(address)
        if must_exist and not Path(address).is_file():
            raise InputError.one(
                address, found="no file", expected="a book", remedy="name its file, or the address of a PostgreSQL"
            )
        return SqliteBook(Path(address))

    return book


def _read_certificates() -> Callable[[Path], Any]:
    from wattloom.edge import projects
    from wattloom.rules import territory_keys

    return lambda path: projects.read_certificates(path, territories=territory_keys())


def _certificate_book() -> Callable[..., Any]:
    from contextlib import contextmanager
    from datetime import UTC, datetime
    from pathlib import Path

    from wattloom.app.certificates_book import CertificateBook
    from wattloom.domain.errors import InputError
    from wattloom.edge.store.bundles import BundleFiles
    from wattloom.ledger import Ledger

    @contextmanager
    def opened(address: str, bundles: Path | None = None, *, must_exist: bool = False) -> Any:
        in_a_server = "=" in address or address.startswith("postgres")
        if in_a_server and bundles is None:
            raise InputError.one("--bundles", found="no folder", expected="one, as the book is not a file",
                                 remedy="name the folder of its bundle files")  # fmt: skip
        folder = bundles or Path(address).with_suffix(".bundles")
        if not in_a_server and not must_exist:
            Path(address).parent.mkdir(parents=True, exist_ok=True)
        with find("ledger_book")(address, must_exist=must_exist) as store:
            yield CertificateBook(Ledger(store, lambda: datetime.now(tz=UTC)), store, store, BundleFiles(folder))

    return opened


def _known_book() -> Callable[[str], Any]:
    from contextlib import contextmanager

    from wattloom.app.certificates_verify import Known

    @contextmanager
    def opened(address: str) -> Any:
        with find("ledger_book")(address, must_exist=True) as store:
            yield Known(store, store.state())

    return opened


def _claim_proofs() -> Callable[..., Any]:
    from wattloom.app.certificates_match import claim_proofs

    return claim_proofs


def _write_certificates_match() -> Callable[..., None]:
    from wattloom.edge import reports, store

    def write(found: Any, target: Path, *, proofs: Any, source: Path, lang: Literal["en", "zh"] = "en") -> None:
        files = reports.certificates_match_files(found, proofs, lang=lang)
        store.write_run(target, {**files, "project.yaml": source.read_bytes()})

    return write


def _read_bytes() -> Callable[[Path], bytes]:
    from wattloom.edge import store

    return store.read_bytes


def _new_file() -> Callable[[Path], Any]:
    from wattloom.edge import store

    return store.new_file


def _replay_asked() -> Callable[..., Any]:
    from wattloom.app.dispatch_replay import Asked

    return Asked


def _offer_terms() -> Callable[..., Any]:
    from wattloom.dispatch.offer import OfferTerms

    return OfferTerms


def _checkpoints() -> Callable[[Path], Any]:
    from wattloom.edge import store

    return store.Checkpoints


def _write_files(of: str) -> Callable[[], Callable[..., None]]:
    """A writer of a run folder, with the files that a report makes of a result."""

    def make() -> Callable[..., None]:
        from wattloom.edge import reports, store

        def write(found: Any, target: Path, *, source: Path, lang: Literal["en", "zh"] = "en") -> None:
            files = getattr(reports, of)(found, lang=lang)
            store.write_run(target, {**files, "project.yaml": source.read_bytes()})

        return write

    return make


def _answer(name: str) -> Callable[[], Callable[..., Any]]:
    """What a report says on screen."""

    def make() -> Callable[..., Any]:
        from wattloom.edge import reports

        found: Callable[..., Any] = getattr(reports, name)
        return found

    return make


def _weather_get() -> Callable[..., Any]:
    from wattloom.app.weather_get import weather_get
    from wattloom.domain.members import member
    from wattloom.domain.weather import Place
    from wattloom.edge import feeds, store

    def get(place: Place, year: int, *, feed: str, out: Path) -> Any:
        return weather_get(place, year, feed=member(feeds, feed, "FEED"), write=store.write_file, out=out)

    return get


_WIRED: dict[str, Callable[[], Any]] = {
    "workers": _workers,
    "read_project": _read_project,
    "project_check": _project_check,
    "project_schema": _project_schema,
    "project_new": _project_new,
    "territory_keys": _territory_keys,
    "write_plan": _write_plan,
    "write_scan": _write_scan,
    "plan_answer": _plan_answer,
    "scan_table": _scan_table,
    "weather_get": _weather_get,
    "read_dispatch": _read_dispatch,
    "read_forecasts_of": _read_forecasts_of,
    "read_match": _read_match,
    "read_forecast": _read_forecast,
    "forecast_looks": _forecast_looks,
    "forecast_entries": _forecast_entries,
    "ledger_book": _ledger_book,
    "read_certificates": _read_certificates,
    "certificate_book": _certificate_book,
    "known_book": _known_book,
    "claim_proofs": _claim_proofs,
    "write_certificates_issue": _write_files("certificates_issue_files"),
    "write_certificates_match": _write_certificates_match,
    "write_carbon_report": _write_files("carbon_report_files"),
    "certificates_issue_answer": _answer("certificates_issue_answer"),
    "certificates_match_answer": _answer("certificates_match_answer"),
    "carbon_report_answer": _answer("carbon_report_answer"),
    "read_bytes": _read_bytes,
    "new_file": _new_file,
    "replay_asked": _replay_asked,
    "offer_terms": _offer_terms,
    "checkpoints": _checkpoints,
    "write_dispatch": _write_files("dispatch_files"),
    "write_replay": _write_files("replay_files"),
    "write_offer": _write_files("offer_files"),
    "write_forecast": _write_files("forecast_files"),
    "write_forecast_backtest": _write_files("forecast_backtest_files"),
    "write_forecast_board": _write_files("forecast_board_files"),
    "write_match_now": _write_files("match_now_files"),
    "write_match_replay": _write_files("match_replay_files"),
    "write_match_study": _write_files("match_study_files"),
    "dispatch_answer": _answer("dispatch_answer"),
    "replay_answer": _answer("replay_answer"),
    "offer_answer": _answer("offer_answer"),
    "forecast_answer": _answer("forecast_answer"),
    "forecast_backtest_answer": _answer("forecast_backtest_answer"),
    "forecast_board_answer": _answer("forecast_board_answer"),
    "match_now_answer": _answer("match_now_answer"),
    "match_replay_answer": _answer("match_replay_answer"),
    "match_study_answer": _answer("match_study_answer"),
}
