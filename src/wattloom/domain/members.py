"""Which members does a folder have? Each module in it declares one constant; a missing one is an error."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

from wattloom.domain.errors import MemberError

if TYPE_CHECKING:
    from types import ModuleType


def names_of(package: ModuleType) -> tuple[str, ...]:
    """Names of a package's public members, sorted, without importing them."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if not m.name.startswith("_")))


def member(package: ModuleType, name: str, constant: str) -> Any:
    """The constant that makes a module a member of its folder."""
    known = names_of(package)
    if name not in known:
        raise MemberError(f"{package.__name__} has no member {name!r}; it has {', '.join(known)}")
    module = importlib.import_module(f"{package.__name__}.{name}")
    if not hasattr(module, constant):
        raise MemberError(f"{module.__name__} declares no {constant}; add `{constant} = …` at its end")
    return getattr(module, constant)


def members_of(package: ModuleType, constant: str) -> dict[str, Any]:
    """Every member of a folder, by name."""
    return {name: member(package, name, constant) for name in names_of(package)}
