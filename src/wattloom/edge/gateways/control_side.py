"""How does a facility take advice without anybody outside being able to reach in? It fetches, checks, decides itself.

The gateway runs in the control zone. It opens connections outwards only: it fetches one signed text, checks it against
keys that it was given by hand, and lets its own policy decide: *manual* waits for a file that a person writes,
*within_limits* applies what stays near what the site draws now, *automatic* applies. It reports what it measured, and
nothing that comes back with a report is read.

What was taken is kept on the disk before it is applied, so that a set-point is applied once whatever happens between.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from wattloom.app.access.advice import Advice, AdviceRefused, Jwk, Received, checked
from wattloom.domain.errors import FeedError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattloom.domain.live import SiteCommand

Kind = Literal["manual", "within_limits", "automatic"]
KINDS: tuple[Kind, ...] = ("manual", "within_limits", "automatic")


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePolicy:
    """How a site approves what it is advised."""

    kind: Kind
    limit_mw: float = 0.0
    """Of `within_limits`: how far IT power may go from what is measured, without a person."""
    it_mw_max: float = float("inf")
    """Never more, whoever approves."""
    battery_mw_max: float = float("inf")

    def judged(self, command: SiteCommand, measured_it_mw: float | None) -> tuple[bool, str]:
        """Whether it may be applied without a person, and why not."""
        wanted = it_mw_of(command)
        if self.kind == "automatic":
            return True, "policy automatic"
        if self.kind == "manual":
            return False, "its policy asks a person"
        if measured_it_mw is None:
            return False, "nothing is measured to compare with"
        far = abs(wanted - measured_it_mw)
        if far > self.limit_mw:
            return False, f"{far:.2f} MW away from now, limit {self.limit_mw:g} MW"
        return True, "policy within_limits"

    def unfit(self, command: SiteCommand) -> str:
        """What the plant can never do; empty where it can."""
        if it_mw_of(command) > self.it_mw_max:
            return f"IT power {it_mw_of(command):.2f} MW is above the site's {self.it_mw_max:g} MW"
        if max(command.charge_mw, command.discharge_mw) > self.battery_mw_max:
            return f"battery power is above the site's {self.battery_mw_max:g} MW"
        return ""


class Plant(Protocol):
    """The facility's own controls."""

    def measured(self) -> Mapping[str, float]:
        """What its meters tell: `it_mw`, `draw_mw`, and what else there is; empty where nothing is known."""

    def apply(self, command: SiteCommand) -> None:
        """Set-points to the controls; the same again changes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of one look."""

    outcome: Literal["nothing", "applied", "waiting", "refused", "known", "unreachable"]
    id: str = ""
    by: str = ""
    """Who approved it: at the server, and here."""
    why: str = ""


class ControlSide:
    """The gateway of one site."""

    def __init__(self, site: str, *,  # noqa: PLR0913  What a gateway stands between.
                 keys: Sequence[Jwk], fetch: Callable[[], str | None], plant: Plant,
                 policy: SitePolicy, folder: Path, now: Callable[[], datetime],
                 report: Callable[[list[dict[str, Any]]], None]) -> None:  # fmt: skip
        """Name the site, whose signature counts, where advice comes from, where measurements go.

        Args:
            site: its name.
            keys: public keys of signers, brought here by hand.
            fetch: the text that lies there now; None: none. Raises `FeedError` where nobody answers.
            plant: the controls.
            policy: of this site, kept here and nowhere else.
            folder: what was taken, what waits for a person, what a person approved.
            now: the clock.
            report: sends updates out; what it answers is not read.
        """
        self.site, self.policy, self._keys, self._fetch = site, policy, tuple(keys), fetch
        self._plant, self._folder, self._now, self._report = plant, folder, now, report
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "approve").mkdir(exist_ok=True)
        kept = _read(self._folder / "state.json")
        until = {name: datetime.fromisoformat(end) for name, end in kept.get("received", {}).items()}
        self._received, self._number = Received(until), int(kept.get("number", 0))
        self._tick = int(kept.get("tick", 0))

    def look(self) -> Looked:
        """Fetch, check, decide, apply, report."""
        measured = self._plant.measured()
        self._tell(measured)
        waiting = self._approved(measured)
        if waiting is not None:
            return waiting
        try:
            text = self._fetch()
        except FeedError as error:
            return Looked(outcome="unreachable", why=str(error))
        if not text:
            return Looked(outcome="nothing")
        try:
            advice, received = checked(text, keys=self._keys, site=self.site, now=self._now(), received=self._received)
        except AdviceRefused as error:
            known = error.reason == "replayed"
            return Looked(outcome="known" if known else "refused", why=str(error))
        return self._decided(advice, received, text, measured)

    def _decided(self, advice: Advice, received: Received, text: str, measured: Mapping[str, float]) -> Looked:
        """Apply it, lay it before a person, or leave it aside."""
        command = advice.command
        if command.tick < self._tick:
            return Looked(outcome="known", id=command.id, why=f"older than tick {self._tick}, which is in force")
        unfit = self.policy.unfit(command)
        if unfit:
            self._keep(received)
            return Looked(outcome="refused", id=command.id, why=unfit)
        free, why = self.policy.judged(command, measured.get("it_mw"))
        if not free:
            told = {"id": command.id, "text": text, "why": why, "it_mw": it_mw_of(command)}
            _write(self._folder / "waiting.json", {**told, "until": advice.valid_to.isoformat()})
            return Looked(outcome="waiting", id=command.id, by=advice.by, why=why)
        return self._applied(advice, received, why)

    def _applied(self, advice: Advice, received: Received, why: str) -> Looked:
        """Kept first, then applied: a crash in between leaves it to the next advice, never applies it twice."""
        self._tick = advice.command.tick
        self._keep(received)
        self._plant.apply(advice.command)
        (self._folder / "waiting.json").unlink(missing_ok=True)
        return Looked(outcome="applied", id=advice.command.id, by=f"{advice.by} ({advice.via}); {why}")

    def _approved(self, measured: Mapping[str, float]) -> Looked | None:
        """What waited, where a person has written a file `approve/ID` with a name in it; checked anew."""
        waiting = _read(self._folder / "waiting.json")
        name = str(waiting.get("id", ""))
        said = self._folder / "approve" / name.replace("/", "_")
        if not name or not said.is_file():
            return None
        person = said.read_text("utf-8").strip() or "somebody"
        said.unlink()
        try:
            advice, received = checked(
                waiting["text"], keys=self._keys, site=self.site, now=self._now(), received=self._received
            )
        except AdviceRefused as error:
            (self._folder / "waiting.json").unlink(missing_ok=True)
            return Looked(outcome="refused", id=name, why=str(error))
        if self.policy.unfit(advice.command) or advice.command.tick < self._tick:
            return Looked(
                outcome="refused", id=name, why=self.policy.unfit(advice.command) or "a newer one is in force"
            )
        return self._applied(advice, received, f"approved here by {person} at {measured.get('it_mw', 0.0):.2f} MW")

    def _tell(self, measured: Mapping[str, float]) -> None:
        """Report what is measured; a report that does not get through is left, the next one is newer."""
        at_s = self._now().timestamp()
        updates = []
        for name, value in measured.items():
            self._number += 1
            updates.append({"part": "sites", "name": self.site, "field": name, "value": value, "at_s": at_s,
                            "source": f"gateway {self.site}", "number": self._number})  # fmt: skip
        if updates:
            self._keep(self._received)
            try:
                self._report(updates)
            except FeedError:
                return

    def _keep(self, received: Received) -> None:
        """On the disk before anything follows from it."""
        self._received = received
        until = {name: end.isoformat() for name, end in received.until.items()}
        _write(self._folder / "state.json", {"received": until, "number": self._number, "tick": self._tick})


def it_mw_of(command: SiteCommand) -> float:
    """IT power that a command makes."""
    return sum(command.served_it_mw) + command.moved_in_it_mw + command.idle_it_mw


class PlantFiles:
    """Controls that read a file of set-points and write a file of measurements; each is replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        """Name the folder: `measured.json` is read, `setpoints.json` is written."""
        self._folder = folder

    def measured(self) -> Mapping[str, float]:
        """Numbers by field; empty where there is no file yet."""
        told = _read(self._folder / "measured.json")
        return {name: float(value) for name, value in told.items() if isinstance(value, int | float)}

    def apply(self, command: SiteCommand) -> None:
        """The command as JSON."""
        _write(self._folder / "setpoints.json", {**_plain(command), "it_mw": it_mw_of(command)})


def _plain(command: SiteCommand) -> dict[str, Any]:
    """A command as JSON knows it."""
    told = {name: getattr(command, name) for name in command.__slots__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def _read(path: Path) -> dict[str, Any]:
    """An object from a file; empty where there is none."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError.one(
            str(path), found=type(error).__name__, expected="JSON", remedy="mend or remove it"
        ) from None
    return told if isinstance(told, dict) else {}


def _write(path: Path, told: Mapping[str, Any]) -> None:
    """Whole or not at all, on the disk when it returns."""
    making = path.with_suffix(".making")
    with making.open("w", encoding="utf-8") as file:
        json.dump(told, file)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
