"""The functional graph: symbolic tensors, the operations between them, and plans that run them."""

from keras_core.graph.function import Function
from keras_core.graph.keras_tensor import KerasTensor, any_symbolic, is_keras_tensor
from keras_core.graph.node import Node
from keras_core.graph.op_call import OpCall
from keras_core.graph.operation import Operation

__all__ = ["Function", "KerasTensor", "Node", "OpCall", "Operation", "any_symbolic", "is_keras_tensor"]
