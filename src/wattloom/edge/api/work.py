"""How is a use case run for somebody who sent its project? Its file and what it names lie in a folder of its own.

A project that was sent may name files beside it and no others: whatever looks like a path out of the folder is refused
before anything is read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date
from fcntl import LOCK_EX, flock
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent

from wattloom.domain.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattloom.domain.ports import Progress

PROJECT = "project.yaml"
PROJECT_BYTES_MAX = 1_000_000
DEPTH_MAX = 100
"""Far behind what the reader of projects takes; beyond, a few bytes a level would keep the parser busy for minutes."""
SUMMARY = "summary.json"
RUN = "run"
EXPORT = "ledger.txt"
REMEDY = "send the file with PUT /files/{name}, and name it beside the project, such as prices.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the running of a use case is given."""

    find: Callable[[str], Any]
    """Use cases and rooms, by name."""
    folder: Path
    """With the project and the files that it names; the run folder goes into it."""
    belongings: Path
    """The tenant's own folder: its book, its board of forecasts."""
    options: Mapping[str, Any]
    tell: Progress
    body: Mapping[str, Any] = field(default_factory=dict)
    """Of a quick use case: what was sent."""

    @property
    def project(self) -> Path:
        """The project file."""
        return self.folder / PROJECT

    @property
    def target(self) -> Path:
        """The run folder."""
        return self.folder / RUN

    @property
    def lang(self) -> str:
        """Of the report."""
        return str(self.options.get("lang", "en"))

    def summary(self) -> Any:
        """What `--json` of the command prints."""
        return json.loads((self.target / SUMMARY).read_text("utf-8"))

    @contextmanager
    def book(self, *, must_exist: bool) -> Iterator[Any]:
        """The tenant's book of certificates, this work its only keeper meanwhile."""
        with self.alone("book"), self.find("certificate_book")(self._book, must_exist=must_exist) as book:
            yield book

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Nobody else of this tenant works on the same thing meanwhile."""
        self.belongings.mkdir(parents=True, exist_ok=True)
        with (self.belongings / f"{what}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            yield

    @property
    def _book(self) -> str:
        """Its file."""
        return str(self.belongings / "book.sqlite")

    @contextmanager
    def ledger(self, room: str = "ledger_book") -> Iterator[Any]:
        """The same book, as it is verified."""
        more = {"must_exist": True} if room == "ledger_book" else {}
        with self.alone("book"), self.find(room)(self._book, **more) as book:
            yield book


Run = Callable[[Work], Any]


def reported(use: str, *, read: str, write: str, source: bool = True, **given: Callable[[Work, Any], Any]) -> Run:
    """The way of most use cases: read the project, run, write the run folder, tell its summary.

    Args:
        use: its name.
        read: the door that reads its project.
        write: the door that writes its run folder.
        source: whether it takes the file's bytes.
        given: what else it takes, from the work and the project.
    """

    def run(work: Work) -> Any:
        project = work.find(read)(work.project)
        more: dict[str, Any] = {name: of(work, project) for name, of in given.items()}
        if source:
            more["source"] = work.project.read_bytes()
        found = work.find(use)(project, folder=work.folder, progress=work.tell, **more)
        work.tell.step("writing the report", done=0.95)
        work.find(write)(found, work.target, source=work.project, lang=work.lang)
        return work.summary()

    return run


def plan_site(work: Work) -> Any:
    """`wattloom plan site`."""
    with work.find("workers")(1) as hands:
        project = work.find("read_project")(work.project, step_minutes=work.options["step_minutes"])
        plan = work.find("plan_site")(project, folder=work.folder, workers=hands, progress=work.tell)
    work.tell.step("writing the report", done=0.98)
    work.find("write_plan")(plan, work.target, source=work.project, lang=work.lang)
    return work.summary()


def plan_compare(work: Work) -> Any:
    """`wattloom plan compare`."""
    read, keys = work.find("read_project"), work.options["territories"]
    others = [checked(written(work.folder / f"other-{k}.yaml", one)) for k, one in enumerate(work.options["others"], 2)]
    with work.find("workers")(1) as hands:
        project = read(work.project)
        ranking = work.find("plan_compare")(
            project,
            territories=work.find("territory_keys")() if keys == "all" else tuple(keys),
            folder=work.folder,
            others=[(read(path), work.folder) for path in others],
            workers=hands,
            progress=work.tell,
        )
    work.find("write_scan")(ranking, work.target, title=project.name, lang=work.lang)
    return rows(ranking)


def plan_frontier(work: Work) -> Any:
    """`wattloom plan frontier`."""
    with work.find("workers")(1) as hands:
        project = work.find("read_project")(work.project)
        scan = work.find("plan_frontier")(
            project, points=work.options["points"], folder=work.folder, workers=hands, progress=work.tell
        )
    work.find("write_scan")(scan, work.target, title=project.name, lang=work.lang)
    return rows(scan)


def dispatch_replay(work: Work) -> Any:
    """`wattloom dispatch replay`; one that was killed goes on where it was."""
    states = work.find("checkpoints")(work.target)

    def asked(work: Work, project: Any) -> Any:
        options = {name: work.options[name] for name in ("move_fails", "restart_fails")}
        forecasts = work.find("read_forecasts_of")(project)
        return work.find("replay_asked")(policies=tuple(work.options["policies"]), forecasts=forecasts, **options)

    summary = reported("dispatch_replay", read="read_dispatch", write="write_replay", asked=asked,
                       checkpoint=lambda _work, _project: states)(work)  # fmt: skip
    states.forget()
    return summary


def match_study(work: Work) -> Any:
    """`wattloom match study`."""
    with work.find("workers")(1) as hands:
        return reported("match_study", read="read_match", write="write_match_study", scenarios=option("scenarios"),
            seed=option("seed"), at=option("at"),
                        workers=lambda _work, _project: hands)(work)  # fmt: skip


def forecast_board(work: Work) -> Any:
    """`wattloom forecast board`."""
    entries, looks = work.find("forecast_entries")(board(work, None))
    return reported("forecast_board", read="read_forecast", write="write_forecast_board", again=option("again"),
                    entries=lambda _work, _project: entries, looks=lambda _work, _project: looks)(work)  # fmt: skip


def market(use: str, *options: str) -> Run:
    """`wattloom market bid` and `wattloom market backtest`: a file of bids names its forecasts and its folder."""

    def run(work: Work) -> Any:
        project, forecasts, folder = work.find("read_bids")(work.project)
        more = {name: work.options[name] for name in options}
        source = work.project.read_bytes()
        found = work.find(use)(project, forecasts, folder=folder, progress=work.tell, source=source, **more)
        work.tell.step("writing the report", done=0.95)
        work.find(f"write_{use}")(found, work.target, source=work.project, lang=work.lang)
        return work.summary()

    return run


def certificates_issue(work: Work) -> Any:
    """`wattloom certificates issue`, into the tenant's book."""
    project = work.find("read_certificates")(work.project)
    with work.book(must_exist=False) as book:
        found = work.find("certificates_issue")(project, book=book, month=work.options["month"], folder=work.folder)
    work.find("write_certificates_issue")(found, work.target, source=work.project, lang=work.lang)
    return work.summary()


def certificates_match(work: Work) -> Any:
    """`wattloom certificates match`, in the tenant's book."""
    project = work.find("read_certificates")(work.project)
    with work.book(must_exist=False) as book:
        found = work.find("certificates_match")(project, book=book, month=work.options["month"], folder=work.folder)
        work.tell.step("writing proofs and the report", done=0.8)
        proofs = dict(work.find("claim_proofs")(book, found.claims))
    work.find("write_certificates_match")(found, work.target, proofs=proofs, source=work.project, lang=work.lang)
    return work.summary()


def settle_month(work: Work) -> Any:
    """`wattloom settle month`, into the tenant's book."""
    project, options = work.find("read_settle")(work.project), work.options
    with work.ledger("settle_book") as book:
        found = work.find("settle_month")(
            project, book=book, month=options["month"], folder=work.folder, provisional=options["provisional"]
        )
    work.tell.step("writing the statement", done=0.8)
    work.find("write_settle_month")(found, work.target, source=work.project, lang=work.lang, pdf=options["pdf"])
    return work.summary()


def carbon_report(work: Work) -> Any:
    """`wattloom carbon report`."""
    project, year = work.find("read_certificates")(work.project), work.options["year"]
    if work.options["post"] and not work.options["with_book"]:
        raise InputError.one("options.post", found="no book", expected="with_book to be true",
                             remedy="set with_book, too")  # fmt: skip
    if work.options["with_book"]:
        with work.book(must_exist=True) as book:
            more = {"book": book, "post": work.options["post"]}
            found = work.find("carbon_report")(project, year=year, folder=work.folder, **more)
    else:
        found = work.find("carbon_report")(project, year=year, folder=work.folder)
    work.find("write_carbon_report")(found, work.target, source=work.project, lang=work.lang)
    return work.summary()


def certificates_verify(work: Work) -> Any:
    """`wattloom certificates verify`."""
    proofs = {name: one if isinstance(one, str) else json.dumps(one) for name, one in work.options["proofs"].items()}
    files = {name: encoded(text, f"proofs.{name}") for name, text in proofs.items()}
    if work.options["with_book"]:
        with work.ledger("known_book") as known:
            found = work.find("certificates_verify")(files, book=known)
    else:
        found = work.find("certificates_verify")(files)
    return {"holds": found.holds, **asdict(found)}


def certificates_cancel(work: Work) -> Any:
    """`wattloom certificates cancel`, in the tenant's book."""
    asked = work.find("cancel_asked")(**work.options)
    with work.book(must_exist=True) as book:
        return asdict(work.find("certificates_cancel")(asked, book=book))


def flexibility_value(work: Work) -> Any:
    """`wattloom flexibility value`."""
    project = work.find("read_value")(work.project)
    found = work.find("flexibility_value")(project, progress=work.tell, source=work.project.read_bytes())
    work.tell.step("writing the report", done=0.95)
    work.find("write_value")(found, work.target, source=work.project, lang=work.lang)
    return work.summary()


def ledger_verify(work: Work) -> Any:
    """`wattloom ledger verify`, of the tenant's book."""
    with work.ledger() as book:
        found = work.find("ledger_verify")(book, head=work.options["head"])
    head = f"{found.records}:{found.mark.hex()}"
    return {"records": found.records, "head": head, "accounts": len(found.books.accounts)}


def ledger_export(work: Work) -> Any:
    """`wattloom ledger export`, of the tenant's book, into a file of the job."""
    work.target.mkdir(parents=True, exist_ok=True)
    count, line = 0, ""
    with work.ledger() as book, (work.target / EXPORT).open("w", encoding="ascii") as file:
        for line in work.find("ledger_export")(book):
            file.write(f"{line}\n")
            count += 1
    return {"records": count, "head": f"{count}:{line.partition(' ')[0]}", "file": EXPORT}


def project_new(work: Work) -> Any:
    """`wattloom project new`: the text is the answer."""
    return {"project": work.find("project_new")(work.project, kinds=work.options["kinds"], lang=work.options["lang"])}


def rules_diff(work: Work) -> Any:
    """`wattloom rules diff`."""
    asked = work.options
    day, to = (None if asked[name] is None else date.fromisoformat(asked[name]) for name in ("day", "to"))
    scan = work.find("rules_diff")(asked["territory"], asked["other"], day=day, other_day=to)
    return {"differences": rows(scan)}


def rules_check(work: Work) -> Any:
    """`wattloom rules check`."""
    checked = work.find("rules_check")(work.options["territory"], periods=work.options["periods"])
    findings = rows(checked.table(with_open=not work.options["faults_only"]))
    return {"faults": checked.faults, "to_be_confirmed": checked.to_be_confirmed, "findings": findings}


def project_check(work: Work) -> Any:
    """`wattloom project check`: what is wrong is the answer, not an error."""
    found = work.find("project_check")(work.project, work.options["sort"])
    names = ("where", "line", "found", "expected", "remedy")
    problems = [{name: getattr(one, name) for name in names} for one in found.problems]
    for one in problems:
        one["where"] = str(one["where"]).replace(f"{work.folder}/", "")
    about = {"name": found.name, "territory": found.territory, "assets": dict(found.assets)}
    return {"right": found.right, "problems": problems, **about}


def option(name: str) -> Callable[[Work, Any], Any]:
    """An option of the work, as it was given."""
    return lambda work, _project: work.options[name]


def forecasts_of(work: Work, project: Any) -> Any:
    """The forecasts that a dispatch project names."""
    return work.find("read_forecasts_of")(project)


def terms(work: Work, _project: object) -> Any:
    """Of an offer of flexibility."""
    return work.find("offer_terms")(probability=work.options["probability"], ramp_minutes=work.options["ramp_minutes"])


def board(work: Work, _project: object) -> Path:
    """The tenant's board of forecasts."""
    work.belongings.mkdir(parents=True, exist_ok=True)
    return work.belongings / "forecast-board.jsonl"


def looks(work: Work, project: object) -> Any:
    """The same board, which notes who looked."""
    return work.find("forecast_looks")(board(work, project))


def rows(scan: Any) -> list[dict[str, Any]]:
    """Rows with the names of their columns."""
    return [dict(zip(scan.columns, row, strict=True)) for row in scan.rows]


def encoded(text: str, where: str) -> bytes:
    """As UTF-8; half a character is a problem of the sender's."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError.one(where, found=f"half a character at {error.start}", expected="whole characters",
                             remedy="send it as UTF-8") from error  # fmt: skip


def written(path: Path, project: str | Mapping[str, Any]) -> Path:
    """A project in its file, not looked at yet; `InputError` where it is too large or no text."""
    text = project if isinstance(project, str) else json.dumps(project, ensure_ascii=False, indent=1)
    content = encoded(text, "project")
    if len(content) > PROJECT_BYTES_MAX:
        raise InputError.one("project", found=f"{len(content):,} bytes", expected=f"at most {PROJECT_BYTES_MAX:,}",
                             remedy="put series into files of their own")  # fmt: skip
    path.unlink(missing_ok=True)  # A file of the sender's under this name is one with what is kept: never written into.
    path.write_bytes(content)
    return path


def checked(path: Path) -> Path:
    """A project file of which nothing leads out of its folder; `InputError` with all that does."""
    problems = paths_out(path.read_text("utf-8"))
    if problems:
        raise InputError(problems)
    return path


def paths_out(text: str) -> list[Problem]:
    r"""Every value of a project that leads out of its folder, if it is read as a path.

    Example:
        >>> paths_out("weather: {file: ../other/weather.csv}")[0].found
        '../other/weather.csv'
        >>> paths_out("weather: {file: weather.csv}\nunit: CNY/kWh")
        []
    """
    try:
        values = list(_scalars(text))
    except (YAMLError, ValueError, ArithmeticError, LookupError, TypeError, AttributeError, AssertionError):
        return []  # The reader of projects says what is wrong with the text, and reads no file because of it.
    return [
        Problem(where="project", line=event.start_mark.line + 1, found=str(event.value)[:200],
                expected="a file beside the project", remedy=REMEDY)
        for event in values
        if leads_out(str(event.value))
    ]  # fmt: skip


def _scalars(text: str) -> Iterator[ScalarEvent]:
    """Values of a project, up to where it is deeper than any: its reader refuses it there and reads no file."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEPTH_MAX:
            return
        if isinstance(event, ScalarEvent):
            yield event


def leads_out(value: str) -> bool:
    """Whether a value, read as a path by this or another machine, leads out of the folder it is read in."""
    drive = PureWindowsPath(value)
    return (
        value.startswith(("~", "\\"))
        or PurePosixPath(value).is_absolute()
        or ".." in value.replace("\\", "/").split("/")
        or bool(drive.drive and drive.root)
        or "\0" in value
    )
