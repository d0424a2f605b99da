"""On which machine's arrays are many ticks matched at once? NumPy's here, or those of an accelerator's library.

    arrays = arrays_of("numpy")          # this machine's cores
    arrays = arrays_of("cupy")           # a CUDA card, by CuPy
    arrays = arrays_of("torch:cuda")     # the same by PyTorch

Only the Python array API standard is spoken, so that one text runs on all of them. It comes with the extra `gpu`
(`pip install "wattloom[gpu]"`); the accelerator's library is its owner's to install, since its wheel belongs to a
driver: `pip install cupy-cuda12x` or `cupy-cuda13x`, or `torch`. Tested on processors alone, with NumPy and with
`array_api_strict`, which refuses whatever is not in the standard; nothing here was timed on an accelerator. JAX answers
too, with JAX_ENABLE_X64=true, but compiles anew for each size that an array takes, which makes it slow.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from wattloom.domain.errors import InputError

try:
    import array_api_compat as compat
except ImportError:  # The extra is not installed.
    compat = None  # type: ignore[assignment]

MODULES = {"numpy": "numpy", "cupy": "cupy", "torch": "torch", "jax": "jax.numpy", "strict": "array_api_strict"}
"""Where each library keeps its arrays; `strict` is for tests."""
INSTALL_EXTRA = 'pip install "wattloom[gpu]"'
INSTALL = {
    "numpy": "pip install numpy",
    "cupy": "pip install cupy-cuda12x",
    "torch": "pip install torch",
    "jax": 'pip install "jax[cuda12]"',
    "strict": "pip install array-api-strict",
}
CACHED, ACCELERATED = 2**15, 2**21
"""Numbers in an array of one piece: what stays near a core, measured; a hundredth of what a card of 2 GB holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """A library's namespace and the device that holds its arrays."""

    name: str
    xp: Any
    device: Any

    def given(self, values: Any) -> Any:
        """An array there of numbers from here; whole numbers stay whole."""
        # A copy: torch warns of arrays that are read-only, as those of a tick may be.
        return self.xp.asarray(np.array(values, order="C"), device=self.device)

    def here(self, array: Any) -> Any:
        """A NumPy array of what lies there."""
        if compat.is_torch_array(array) or compat.is_cupy_array(array):
            return np.asarray(compat.to_device(array, "cpu"))
        return np.asarray(array)

    @property
    def piece(self) -> int:
        """How many numbers an array of one piece should have."""
        return CACHED if self.name in {"numpy", "strict"} else ACCELERATED


def arrays_of(name: str) -> Arrays:
    """The arrays of a library, told as `library` or `library:device`; `InputError` says what to install."""
    library, _, device = name.partition(":")
    if library not in MODULES:
        raise InputError.one(
            "arrays",
            found=name,
            expected=f"one of {', '.join(sorted(set(MODULES) - {'strict'}))}, with a device behind a colon if need be",
            remedy="name a library of arrays, such as numpy or torch:cuda",
        )
    if compat is None:
        raise InputError.one(
            "arrays", found="the extra gpu is not installed", expected="array-api-compat", remedy=INSTALL_EXTRA
        )
    xp = compat.array_namespace(_module(library).asarray([0.0]))
    made = Arrays(name=name, xp=xp, device=device or None)
    _double_or_refused(made)
    return made


def _module(library: str) -> ModuleType:
    """The library, loaded."""
    try:
        return importlib.import_module(MODULES[library])
    except ImportError as error:
        raise InputError.one(
            "arrays", found=f"{library} cannot be loaded ({error})", expected=library, remedy=INSTALL[library]
        ) from None


def _double_or_refused(arrays: Arrays) -> None:
    """Certificates need double precision, which some libraries and cards leave out."""
    try:
        kept = arrays.given(np.zeros(1)).dtype == arrays.xp.float64
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise InputError.one(
            "arrays",
            found=f"{arrays.name}: {error}",
            expected="a device of that library",
            remedy="leave the device out, or name one that is there, such as torch:cuda",
        ) from None
    if not kept:
        raise InputError.one(
            "arrays",
            found=f"{arrays.name} keeps single precision",
            expected="double precision",
            remedy="with jax, set JAX_ENABLE_X64=true",
        )
