"""What do many boosted trees say of many rows, quickly?

LightGBM walks its own trees row by row with much ado for each; nine forests of small trees over a thousand stations
take longer there than all the rest. Here the same trees lie in flat arrays and one compiled loop walks them all. Its
answers are LightGBM's, to rounding (the tests hold it to that).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from wattloom.domain.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import lightgbm
    from numpy.typing import NDArray

CATEGORICAL_BIT, DEFAULT_LEFT_BIT, MISSING_SHIFT, MISSING_MASK = 1, 2, 2, 3
"""LightGBM's decision type: bit 0 a category, bit 1 where the missing go, bits 2 and 3 what counts as missing."""
MISSING_NONE, MISSING_NAN = 0, 2


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of several models, one after the other; a child below zero is leaf ~child of its tree."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    blind: NDArray[np.int8]
    """Where a missing value goes: −1 left, 1 right, 0 as a zero would."""
    leaf: NDArray[np.float64]
    first_node: NDArray[np.int64]
    """Of each tree; shape (trees + 1,)."""
    first_leaf: NDArray[np.int64]
    model: NDArray[np.int64]
    """Of each tree; shape (trees,)."""
    models: int
    traits: int

    @classmethod
    def of(cls, boosters: Sequence[lightgbm.Booster]) -> Forest:
        """The trees of grown models, which share their traits."""
        trees = [(place, tree) for place, one in enumerate(boosters) for tree in _trees(one)]
        nodes = [len(tree["split_feature"]) for _, tree in trees]
        leaves = [len(tree["leaf_value"]) for _, tree in trees]

        def flat(name: str, kind: type[np.generic]) -> NDArray[np.generic]:
            return np.concatenate([np.asarray(tree[name], dtype=kind) for _, tree in trees])

        decision = flat("decision_type", np.int32).astype(np.int64)
        missing = (decision >> MISSING_SHIFT) & MISSING_MASK
        if (decision & CATEGORICAL_BIT).any() or not np.isin(missing, (MISSING_NONE, MISSING_NAN)).all():
            raise InputError.one(
                "boosted trees",
                found="splits by category, or zeros that count as missing",
                expected="splits of numbers",
                remedy="grow them without categories and with zero_as_missing off",
            )
        blind = np.where(missing == MISSING_NAN, np.where(decision & DEFAULT_LEFT_BIT, -1, 1), 0).astype(np.int8)
        return cls(
            np.asarray(flat("split_feature", np.int32), dtype=np.int32),
            np.asarray(flat("threshold", np.float64), dtype=np.float64),
            np.asarray(flat("left_child", np.int32), dtype=np.int32),
            np.asarray(flat("right_child", np.int32), dtype=np.int32),
            blind,
            np.asarray(flat("leaf_value", np.float64), dtype=np.float64),
            np.concatenate([[0], np.cumsum(nodes)]).astype(np.int64),
            np.concatenate([[0], np.cumsum(leaves)]).astype(np.int64),
            np.array([place for place, _ in trees], dtype=np.int64),
            len(boosters),
            boosters[0].num_feature(),
        )

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Answers of every model; shape (rows, traits) to (rows, models)."""
        return np.asarray(
            _walk(
                np.ascontiguousarray(rows),
                (self.feature, self.threshold, self.left, self.right, self.blind, self.leaf),
                (self.first_node, self.first_leaf, self.model),
                self.models,
            )
        )


def _trees(booster: lightgbm.Booster) -> list[Mapping[str, list[float]]]:
    """Each tree's arrays, from the model's own text form."""
    found: list[Mapping[str, list[float]]] = []
    for part in booster.model_to_string().split("\n\n"):
        if part.lstrip().startswith("Tree="):
            lines = dict(line.split("=", 1) for line in part.strip().splitlines() if "=" in line)
            names = ("split_feature", "threshold", "left_child", "right_child", "decision_type", "leaf_value")
            found.append({name: [float(value) for value in lines.get(name, "").split()] for name in names})
    return found


@njit(cache=True)
def _walk(
    rows: NDArray[np.float64],
    nodes: tuple[
        NDArray[np.int32],
        NDArray[np.float64],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int8],
        NDArray[np.float64],
    ],
    trees: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    models: int,
) -> NDArray[np.float64]:  # pragma: no cover - compiled
    """Every row down every tree."""
    feature, threshold, left, right, blind, leaf = nodes
    first_node, first_leaf, model = trees
    found = np.zeros((rows.shape[0], models))
    for row in range(rows.shape[0]):
        for tree in range(model.size):
            start, node = first_node[tree], 0
            if first_node[tree + 1] == start:
                node = -1
            while node >= 0:
                at = start + node
                value = rows[row, feature[at]]
                goes_left = value <= threshold[at]
                if np.isnan(value):
                    goes_left = blind[at] < 0 or (blind[at] == 0 and threshold[at] >= 0.0)
                node = left[at] if goes_left else right[at]
            found[row, model[tree]] += leaf[first_leaf[tree] - node - 1]
    return found
