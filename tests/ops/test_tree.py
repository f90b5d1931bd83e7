"""Nested structures."""

from __future__ import annotations

import collections

import pytest

from keras_core import tree

Point = collections.namedtuple("Point", "x y")
NEST = {"b": [1, (2, 3)], "a": Point(4, None)}


def test_flatten_takes_dicts_in_key_order_and_none_as_a_leaf():
    assert tree.flatten(NEST) == [4, None, 1, 2, 3]
    assert tree.flatten_with_path(NEST)[0] == (("a", "x"), 4)
    assert tree.flatten(5) == [5]


def test_pack_is_the_inverse_of_flatten():
    packed = tree.pack_sequence_as(NEST, tree.flatten(NEST))
    assert packed == NEST and list(packed) == ["b", "a"] and isinstance(packed["a"], Point)
    with pytest.raises(ValueError, match="5 leaves"):
        tree.pack_sequence_as(NEST, [1])
    with pytest.raises(TypeError, match="sequence"):
        tree.pack_sequence_as(NEST, 3)


def test_map_structure_over_several():
    assert tree.map_structure(lambda a, b: a + b, [1, (2,)], [10, (20,)]) == [11, (22,)]
    assert tree.map_structure(lambda a: a, {"k": None}, none_is_leaf=False) == {"k": None}
    with pytest.raises(ValueError, match="differ"):
        tree.map_structure(lambda a, b: a, [1], [1, 2])
    with pytest.raises(TypeError, match="callable"):
        tree.map_structure(1, [1])


def test_map_structure_up_to_stops_at_the_shallow_leaves():
    assert tree.map_structure_up_to({"a": 0}, lambda _, deep: len(deep), {"a": 0}, {"a": [1, 2]}) == {"a": 2}


def test_traverse_replaces_from_the_top_or_from_below():
    assert tree.traverse(lambda v: "t" if isinstance(v, tuple) else None, NEST)["b"] == [1, "t"]
    assert tree.traverse(lambda v: tree.MAP_TO_NONE if v == 1 else None, [1, 2]) == [None, 2]
    assert tree.traverse(lambda v: sum(v) if isinstance(v, tuple) else None, [(1, 2)], top_down=False) == [3]


def test_same_structure_and_same_paths():
    tree.assert_same_structure([1, {"a": 2}], [3, {"a": 4}])
    tree.assert_same_structure([1], (1,), check_types=False)
    for a, b in (([1], (1,)), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ([1], 1)):
        with pytest.raises(ValueError, match="differ"):
            tree.assert_same_structure(a, b)
    tree.assert_same_paths([1, 2], (3, 4))
    with pytest.raises(ValueError, match="paths"):
        tree.assert_same_paths([1], [1, 2])


def test_lists_to_tuples_and_shapes():
    assert tree.lists_to_tuples([1, {"a": [2]}]) == (1, {"a": (2,)})
    assert tree.map_shape_structure(len, {"a": (2, None), "b": [(1,)]}) == {"a": 2, "b": [1]}
