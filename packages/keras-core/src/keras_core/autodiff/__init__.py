"""Reverse-mode differentiation over the ops, for backends that bring no gradients of their own.

While a function is differentiated, its variables read as *boxes*: tensors that remember how they were computed. An op
on a box runs the backend's own kernel and records a node of a graph; an op without a rule here runs its body, down to
the primitives, which all have one. Afterwards the graph is walked from the result back to the variables.

* `box.py`: the box, and the node behind it
* `backend.py`: boxes as a backend of their own, over that of the tensors in them
* `rules/`: one rule for each primitive, and for those derived ops that are worth one
* `gradient_ops.py`: ops that only rules need, so that a backend may supply them natively
* `transforms.py`: `value_and_grad`, `jvp` and `custom_gradient`
"""

from keras_core.autodiff.transforms import custom_gradient, jvp, value_and_grad

__all__ = ["custom_gradient", "jvp", "value_and_grad"]
