"""What does `access.toml` in a store say about access? Names, rates, networks, a provider; all faults at once."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from wattloom.app.access.entering import Terms, roles_of
from wattloom.app.access.rates import Rate
from wattloom.domain.errors import InputError, Problem
from wattloom.edge.api.access.settings import AccessSettings, OidcSettings

Reading = Callable[[Any], Any]


def access_told(settings: AccessSettings, path: Path) -> AccessSettings:
    """Settings with what a file says; as they are where there is no file.

    Raises:
        InputError: the file says what is not known, or cannot be; all of it at once.
    """
    if not path.is_file():
        return settings
    try:
        told = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError.one(path.name, found=str(error), expected="TOML", remedy="correct the line") from error
    provider = told.pop("oidc", None)
    found, problems = _read(told, _TOLD, path.name)
    if "hosts" in found:
        found["hosts"] |= settings.hosts
    if provider is not None:
        of_oidc, more = _read(provider, _OIDC, f"{path.name}, oidc", folder=path.parent)
        problems += more + _missing(provider, f"{path.name}, oidc")
        found["oidc"] = None if problems else OidcSettings(**of_oidc)
    if problems:
        raise InputError(problems)
    return replace(settings, **found)


def _read(
    told: Mapping[str, Any], known: Mapping[str, tuple[str, Reading]], where: str, *, folder: Path | None = None
) -> tuple[dict[str, Any], list[Problem]]:
    """Fields by what a table says, and what is wrong with it."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in told.items():
        field, read = known.get(key, ("", _unknown))
        try:
            found[field] = read(folder / value if field == "client_secret" and folder is not None else value)
        except (InputError, ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            remedy = f"write one of {', '.join(known)}" if not field else "see docs/how-to/let-people-in.md"
            said, expected = str(error) or repr(value), "a setting as the page says"
            problems.append(Problem(where=f"{where}, {key}", found=said, expected=expected, remedy=remedy))
    return found, problems


def _missing(told: Mapping[str, Any], where: str) -> list[Problem]:
    """Keys that a provider needs."""
    return [
        Problem(where=f"{where}, {key}", found="nothing", expected="a value", remedy="ask who runs the provider")
        for key in ("issuer", "client_id", "roles")
        if key not in told
    ]


def _unknown(value: object) -> object:
    """Nobody knows this key."""
    raise ValueError(f"{value!r} under a key that is not known")


def _words(value: Any) -> frozenset[str]:
    """A list of words."""
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"{value!r} is no list of words")
    return frozenset(value)


def _word(value: Any) -> str:
    """A word."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no word")
    return value


def _count(value: Any) -> int:
    """A number of things."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no whole number from 1 on")
    return value


def _days(value: Any) -> float:
    """A number of days."""
    if isinstance(value, bool) or not 0 < float(value) <= Terms().token_days_max:
        raise ValueError(f"{value!r} is not between 0 and {Terms().token_days_max:g}")
    return float(value)


def _networks(value: Any) -> frozenset[str]:
    """Networks such as 10.9.0.0/30."""
    return frozenset(str(ip_network(one)) for one in _words(value))


def _rate(value: Any) -> Rate:
    """A rate such as {per_s = 300, burst = 600}."""
    per_s, burst = float(value["per_s"]), float(value["burst"])
    if not (per_s > 0 and burst >= 1):
        raise ValueError("a rate above 0 and a burst of at least 1 are needed")
    return Rate(per_s=per_s, burst=burst)


def _roles(value: Any) -> dict[str, Any]:
    """Word of the provider → roles here."""
    return {word: tuple(roles_of(_words(roles))) for word, roles in value.items()}


def _secret(path: Path) -> str:
    """The first line of a file that only the server reads."""
    return path.read_text("utf-8").splitlines()[0].strip()


_TOLD: Mapping[str, tuple[str, Reading]] = {
    "hosts": ("hosts", _words),
    "control_networks": ("control_networks", _networks),
    "per_principal": ("per_principal", _rate),
    "per_address": ("per_address", _rate),
    "sign_ins": ("sign_ins", _rate),
    "streams": ("streams", _count),
    "streams_of_one": ("streams_of_one", _count),
}
_OIDC: Mapping[str, tuple[str, Reading]] = {
    "issuer": ("issuer", _word),
    "client_id": ("client_id", _word),
    "client_secret_file": ("client_secret", _secret),
    "roles_claim": ("roles_claim", _word),
    "roles": ("roles", _roles),
    "tenant_claim": ("tenant_claim", _word),
    "tenant": ("tenant", _word),
    "tenants": ("tenants", _words),
    "name_claim": ("name_claim", _word),
    "scope": ("scope", _word),
    "token_days": ("token_days", _days),
}
