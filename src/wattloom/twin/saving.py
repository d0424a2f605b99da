"""How does a replay that was killed go on as if nothing had happened?

Its state is arrays and a few numbers; they are written as one run of bytes, the same bytes for the same state.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTS = "facts"


class Checkpoint(Protocol):
    """Where the state of a long work is kept, whole or not at all."""

    def load(self) -> bytes | None:
        """What was kept last; None: nothing."""

    def save(self, state: bytes) -> None:
        """Keep this in place of what was kept before."""


@runtime_checkable
class Remembering(Protocol):
    """A controller that knows more than it is shown; one without these two calls is taken to know nothing else."""

    def remembered(self) -> bytes:
        """All that it must know to go on."""

    def remember(self, state: bytes) -> None:
        """Go on from there."""


def packed(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> bytes:
    """Arrays and facts as bytes; equal contents give equal bytes.

    Example:
        >>> packed({"a": np.arange(3)}, {"n": 1}) == packed({"a": np.arange(3)}, {"n": 1})
        True
    """
    told = json.dumps(facts, sort_keys=True, allow_nan=True).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, array in {**arrays, FACTS: np.frombuffer(told, dtype=np.uint8)}.items():
            with file.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:  # An entry of its own date: none.
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def unpacked(content: bytes) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """What `packed` packed; broken bytes are refused."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts = json.loads(arrays.pop(FACTS).tobytes())
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError.one(
            "saved state",
            found=f"{len(content)} bytes that cannot be read ({error})",
            expected="the state of a replay",
            remedy="delete it and begin anew",
        ) from error
    return arrays, dict(facts)
