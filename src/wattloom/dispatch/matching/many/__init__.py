"""Who serves, moves, waits and stores how much in a thousand ticks, or on a hundred thousand sites, at once?

    many = ManyMatcher(layout, arrays_of("numpy"))
    many.start(base)
    for match in many.matches(ticks): ...

Needs the extra `gpu`; `arrays` says how an accelerator's arrays come in.
"""

from wattloom.dispatch.matching.many.arrays import Arrays, arrays_of
from wattloom.dispatch.matching.many.matcher import ManyMatcher

__all__ = ["Arrays", "ManyMatcher", "arrays_of"]
