"""The base of all layers."""

from __future__ import annotations

import contextlib
import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_core import backends, dtype_policies, ops, regularizers, rematerialization, tree
from keras_core.backends import Backend
from keras_core.graph.keras_tensor import KerasTensor, any_symbolic, from_specs, to_specs
from keras_core.graph.node import Node
from keras_core.graph.operation import Operation
from keras_core.layers.automatic_config import arguments_config
from keras_core.layers.call_signature import signature_of
from keras_core.layers.input_spec import InputSpec, check_inputs
from keras_core.layers.shapes import as_shape, as_specs, inferred, shape_arguments, shapes_are_declared, shapes_of
from keras_core.layers.state import LayerState
from keras_core.ops import dispatch
from keras_core.tensors import dtypes, hosting, masking, scopes
from keras_core.tensors.spec import TensorSpec
from keras_core.tensors.variable import Variable


class CallContext:
    """What the layers inside one outermost call share.

    Attributes:
        training: the `training` flag in force.
        loss_layers: layers that added losses during the call.
    """

    __slots__ = ("training", "loss_layers")

    def __init__(self, training: Any = None, loss_layers: list | None = None):
        self.training = training
        self.loss_layers = [] if loss_layers is None else loss_layers


class Layer(LayerState, Operation):
    """A function of tensors with variables of its own.

    A subclass makes its variables in `build(input_shape)` with `add_weight`, and computes in `call(inputs, ...)`.
    Variables, layers, metrics and seed generators that are set as attributes, also within lists, tuples, dicts and
    sets, belong to the layer. A layer lives on the backend that was active when it was made.

    Args:
        activity_regularizer: regularizer of the outputs, added to `losses`.
        trainable: whether optimizers update its variables.
        dtype: the dtype policy, its name, or a dtype.
        autocast: whether float inputs are cast to the compute dtype.
        name: a name without "/"; default the class's in snake case, with a number.
    """

    _functional_container = False
    _besides_call: frozenset = frozenset()
    """Attributes that `call` does not depend on."""
    _besides_all: frozenset = frozenset()
    """Attributes that nothing made of the layer depends on: they may change with each use of it."""
    _nothing_to_build = False
    """Whether the layer is built as soon as it is made, unless a subclass writes a `build`."""

    # --- making --------------------------------------------------------------------------------------------

    def __new__(cls, *args: Any, **kwargs: Any):
        user_class = hosting.unhosted_class(cls)
        backend = backends.active()
        instance = object.__new__(hosting.hosted_class(user_class, backend.layer_host))
        instance._prepare_instance(backend)
        if _takes_default_config(user_class):
            object.__setattr__(instance, "_init_arguments", (args, kwargs))
        if not isinstance(instance, cls):  # `cls` was hosted on another backend: Python would skip __init__
            instance.__init__(*args, **kwargs)
        return instance

    def __init_subclass__(cls, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__ and "_unhosted_class" not in cls.__dict__:
            cls.build = _managed_build(cls.build)

    def _prepare_instance(self, backend: Backend) -> None:
        """What must stand before the first attribute is set."""
        host_init = getattr(self, "_host_init", None)
        values = self.__dict__
        values["_backend"] = backend
        if host_init is not None:
            host_init()
        values.update(
            _call_signature=signature_of(type(self).call),
            _own_kinds=dispatch.own_kinds(backend),
            _track_host=getattr(self, "_host_track", None),
            _changed=0,
            _locked=False,
            _fast=False,
            _settled=False,
            _building=False,
            _call_follows=False,
            built=self._nothing_to_build and type(self).build is Layer.build,
            _layers=[],
            _metrics=[],
            _seed_generators=[],
            _trainable_variables=[],
            _non_trainable_variables=[],
            _losses=[],
            _loss_layers=[],
            _loss_ids=set(),
            _build_shapes=None,
            _input_spec=None,
            _trainable=True,
        )

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        input_shape = kwargs.pop("input_shape", None)
        input_dim = kwargs.pop("input_dim", None)
        if kwargs:
            raise ValueError(
                f"{type(self).__name__} got unknown arguments: {', '.join(f'{k}={v!r}' for k, v in kwargs.items())}."
            )
        super().__init__(name=name)
        if input_shape is not None or input_dim is not None:
            warnings.warn(
                f"`input_shape` and `input_dim` of a layer say the same as a first `keras_core.Input(shape)` of the "
                f"model; prefer that ({type(self).__name__} '{self.name}').",
                stacklevel=3,
            )
            self._input_shape_arg = (input_dim,) if input_shape is None else tuple(input_shape)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        if not isinstance(trainable, bool):
            raise TypeError(f"`trainable` is a bool; received: trainable={trainable!r}.")
        self._trainable = trainable
        self.autocast = autocast
        self._path = f"{scopes.current_path()}/{self.name}".lstrip("/")
        self._remat_scope = rematerialization.current_scope()
        self._dtype_policy = dtype_policies.get(dtype)
        self._supports_masking = type(self).compute_mask is not Layer.compute_mask
        self._remember_dtypes()

    def _remember_dtypes(self) -> None:
        """Keeps what each call asks of the dtype policy."""
        policy = self.dtype_policy
        self._compute_dtype = policy.compute_dtype
        self._autocast_dtype = policy.compute_dtype if policy.compute_dtype != policy.variable_dtype else None
        if not self.autocast:
            self._autocast_dtype = None
        self._find_fast()

    def _find_fast(self) -> None:
        """Decides whether a call with tensors of the right dtype has nothing to do but `call`."""
        self.__dict__["_fast"] = (
            self.built
            and self._settled
            and self._autocast_dtype is None
            and self.activity_regularizer is None
            and self._remat_scope is None
            and (not self._supports_masking or getattr(type(self).compute_mask, "_only_passes", False))
        )

    # --- copies and pickles --------------------------------------------------------------------------------

    def __reduce__(self) -> tuple:
        return hosting.rebuild, (hosting.unhosted_class(type(self)), self._backend.name, self._kept_state())

    def _kept_state(self) -> dict[str, Any]:
        """What a copy or a pickle keeps; `__setstate__` takes it."""
        dropped = ("_backend", "_call_signature", "_own_kinds", "_track_host", "_losses", "_loss_layers", "_loss_ids")
        state = {name: value for name, value in self.__dict__.items() if name not in dropped}
        host_state = getattr(self, "_host_state", None)
        if host_state is not None:
            state = host_state(state)
        return {**state, "_inbound_nodes": [], "_outbound_nodes": []}

    def __reduce_ex__(self, protocol: Any) -> tuple:
        return self.__reduce__()

    def __setstate__(self, state: dict) -> None:
        self._prepare_instance(backends.active())
        self.__dict__.update(state)
        self.__dict__["_locked"] = False
        if self._track_host is not None:
            for variable in self._own_variables():
                self._track_host(variable.name, variable)
        self._adopt_attributes(state)
        if self._track_host is not None:
            for layer in self._layers:
                self._track_host(layer.name, layer)
        self.__dict__["_locked"] = state["_locked"]

    def __deepcopy__(self, memo: dict) -> Layer:
        import copy

        cls = hosting.unhosted_class(type(self))
        with backends.use_backend(self._backend.name):
            copied = memo[id(self)] = cls.__new__(cls)
        copied.__setstate__(copy.deepcopy(self._kept_state(), memo))
        return copied

    # --- state ---------------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the variables; subclasses write it, with one shape or with one `<argument>_shape` for each argument.

        A layer that has sublayers and no `build` of its own is built by running `call` abstractly, unless a call
        that makes them follows anyway.

        Args:
            input_shape: the shape of the inputs (nested as they are).
        """
        if not self._call_follows:
            self._build_by_call({self._call_signature.names[0]: input_shape} if self._call_signature.names else {})

    @property
    def _has_unbuilt_layers(self) -> bool:
        return any(not layer.built for layer in self._layers)

    def _build_by_call(self, shapes: dict[str, Any]) -> None:
        """Builds the sublayers by an abstract call on inputs of these shapes."""
        if self._has_unbuilt_layers:
            with scopes.abstract():
                self._abstract_call((), {name: as_specs(shape, self.compute_dtype) for name, shape in shapes.items()})
        self.built = True

    def _ensure_built(self, bound: dict[str, Any]) -> None:
        """Builds from the arguments of a call, if that is still to be done."""
        if self.built:
            return
        shapes = shapes_of(bound)
        if type(self).build is not Layer.build:
            self._call_follows = True
            try:
                self.build(**shape_arguments(self.build, shapes, self))
            finally:
                self._call_follows = False
        else:  # the call that follows builds the sublayers, inside this layer's name scope
            self.__dict__["_build_shapes"] = {f"{name}_shape": shape for name, shape in shapes.items()}
            self._path = scopes.current_path()
            self.built = True

    def get_build_config(self) -> dict[str, Any] | None:
        """The shapes that the layer was built with, or `None`."""
        shapes = self._build_shapes
        if not shapes or (not self._layers and type(self).build is Layer.build):  # nothing to build
            return None
        return {"input_shape": next(iter(shapes.values()))} if len(shapes) == 1 else {"shapes_dict": dict(shapes)}

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds as another layer was built, from its `get_build_config()`."""
        if not config or self.built:
            return
        shapes = as_shape(config)
        if "shapes_dict" not in shapes:
            self.build(shapes["input_shape"])
        elif type(self).build is not Layer.build:
            self.build(**shapes["shapes_dict"])
        else:
            self._build_by_call({name.removesuffix("_shape"): s for name, s in shapes["shapes_dict"].items()})

    @property
    def path(self) -> str:
        """The names of the layers that it stands in, and its own, joined by "/"."""
        return self._path

    def _own_scope(self) -> scopes.NameScope:
        return scopes.name_scope(self.name, caller=self)

    # --- losses --------------------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Adds a scalar, or several, to `losses`; called in `call`."""
        if scopes.is_abstract():
            return
        losses = [x for x in tree.flatten(loss) if x is not None]
        scope = scopes.state.stateless
        if scope is not None:
            if scope.collect_losses:
                for value in losses:
                    scope.add_loss(value)
                    self._loss_ids.add(id(value))
            return
        context = scopes.state.call_context
        if context is not None:
            context.loss_layers.append(self)
        self._losses.extend(losses)

    def _own_losses(self) -> list:
        scope = scopes.state.stateless
        if scope is not None:
            return [loss for loss in scope.losses if id(loss) in self._loss_ids]
        return list(self._losses)

    @property
    def losses(self) -> list:
        """Scalars from `add_loss` and activity regularizers of the last call, and from regularizers of the weights."""
        found = [loss for layer in self._flatten_layers() for loss in layer._own_losses()]
        found += [v.regularizer(v) for v in self.trainable_weights if v.regularizer is not None]
        return found

    def _clear_losses(self) -> None:
        self._losses.clear()
        for layer in self._loss_layers:
            layer._losses.clear()
        self._loss_layers.clear()

    def add_metric(self, *args: Any, **kwargs: Any) -> None:
        """Not in Keras 3: set a metric as an attribute and update it in `call`."""
        raise NotImplementedError(
            "Layers have no `add_metric()`. Make the metric in `__init__()` (`self.accuracy = Accuracy()`) and call "
            "its `update_state()` in `call()`; it is tracked and reset with the others."
        )

    # --- dtypes --------------------------------------------------------------------------------------------

    @property
    def dtype_policy(self) -> dtype_policies.DTypePolicy:
        """The policy that says in which dtype the layer computes and keeps its variables."""
        policy = self._dtype_policy
        if isinstance(policy, dtype_policies.DTypePolicyMap):
            return policy[self.path]
        return policy

    @dtype_policy.setter
    def dtype_policy(self, value: Any) -> None:
        self.__dict__["_dtype_policy"] = dtype_policies.get(value)
        self._remember_dtypes()

    @property
    def dtype(self) -> str:
        """The dtype of the variables."""
        return self.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The dtype of the variables."""
        return self.dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The dtype in which the layer computes."""
        return self.dtype_policy.compute_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that float inputs are cast to."""
        return self.compute_dtype

    @property
    def quantization_mode(self) -> str | None:
        """How the layer is quantized, or None."""
        return self.dtype_policy.quantization_mode

    def quantize(self, mode: str | None = None, type_check: bool = True, config: Any = None) -> None:
        """Quantizes the layer, where its class knows how."""
        raise NotImplementedError(f"{type(self).__name__} '{self.name}' cannot be quantized.")

    def quantized_build(self, input_shape: Any, mode: str) -> None:
        """Makes the variables of the quantized layer."""
        raise NotImplementedError(f"{type(self).__name__} '{self.name}' cannot be quantized.")

    # --- masks ---------------------------------------------------------------------------------------------

    @property
    def supports_masking(self) -> bool:
        """Whether masks pass through the layer (`compute_mask`)."""
        return self._supports_masking

    @supports_masking.setter
    def supports_masking(self, value: bool) -> None:
        self.__dict__["_supports_masking"] = bool(value)
        self._find_fast()

    @masking.only_passes
    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The mask of the outputs; by default that of the inputs.

        Args:
            inputs: the first argument of the call.
            previous_mask: its mask, or a nest of masks.
        """
        return previous_mask

    # --- calling -------------------------------------------------------------------------------------------

    @property
    def input_spec(self) -> Any:
        """`InputSpec`, or a nest of them, that the first argument is checked against."""
        return self._input_spec

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        self.__dict__["_input_spec"] = value

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Computes the outputs; subclasses write it."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call` method; write one that computes the outputs from the inputs."
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._fast and args:
            state = scopes.state
            owner = self._backend
            if (
                not state.abstract
                and state.autocast is None
                and (state.backend is owner or backends.active() is owner)
                and (self._is_plain(args[0]) or self._are_plain(args[0]))
                and (len(args) == 1 or all(map(self._is_plain, args[1:])))
                and (not kwargs or (all(map(self._is_plain, kwargs.values())) and kwargs.get("mask") is None))
            ):
                return self._call_plain(args, kwargs)
        return self._call_general(args, kwargs)

    def _is_plain(self, x: Any) -> bool:
        """Whether `x` is a tensor of this backend, of the right dtype and without a mask, or a flag or nothing."""
        if self._own_kinds.get(type(x)) is not dispatch.TENSOR:
            return x is None or type(x) is bool
        if getattr(x, "_keras_mask", None) is not None or (masking._beside and masking.get_mask(x) is not None):
            return False
        dtype = self._backend.dtype(x)
        return dtype == self._compute_dtype or not self.autocast or not dtypes.is_float(dtype)

    def _are_plain(self, xs: Any) -> bool:
        """`_is_plain` of each in a list or tuple."""
        return (type(xs) is list or type(xs) is tuple) and all(map(self._is_plain, xs))

    def _call_plain(self, args: tuple, kwargs: dict) -> Any:
        """A call with nothing to be done to its arguments."""
        first = args[0]
        if type(first) is list:  # which is the caller's
            args = (first[:], *args[1:])
        spec = self._input_spec
        if spec is not None:
            if type(spec) is InputSpec and self._own_kinds.get(type(first)) is dispatch.TENSOR:
                spec.check(self._backend.shape(first), spec.dtype and self._backend.dtype(first), self.name)
            else:
                check_inputs(spec, first, self.name, self._facts)
        context = scopes.state.call_context
        if context is None:
            if self._layers:
                return self._call_outermost(args, kwargs)
            if self._losses:
                self._losses.clear()
        if self._call_signature.takes_training:
            training = self._resolve_training(kwargs.get("training"), context)
            if training is not None:
                return self._call_training(training, context, args, kwargs)
        elif "training" in kwargs:
            return self._call_training(kwargs["training"], context, args, kwargs)
        return self.call(*args, **kwargs)

    def _call_general(self, args: tuple, kwargs: dict, attach: bool = True) -> Any:
        """A call of any kind: by tensors of any sort, on the first time or a later one."""
        if "_name" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}.__init__() did not call super().__init__(); it must.")
        backend = self._backend
        if backends.active() is not backend:
            with scopes.replaced(backend=backend):
                return self._call_general(args, kwargs, attach)
        args, kwargs = self._standardize((args, kwargs))
        signature = self._call_signature
        bound = signature.bind(args, kwargs)
        first = next(iter(bound.values()), None)
        symbolic = any_symbolic(args, kwargs)

        masks = self._collect_masks(bound)
        for name, mask_name in signature.mask_names.items():
            if name in bound and bound.get(mask_name) is None:
                mask = masks.get(name)
                if mask is not None or symbolic:
                    kwargs[mask_name] = mask
        previous_mask = kwargs.get("mask")
        if previous_mask is None and masks:
            previous_mask = masks.get(next(iter(bound)))

        with self._own_scope() if not self._settled else contextlib.nullcontext():
            if self._input_spec is not None:
                check_inputs(self._input_spec, first, self.name, self._facts)
            self._ensure_built(bound)
            run = self._symbolic if symbolic else self._abstract_call if scopes.state.abstract else self._run
            outputs = run(args, kwargs)
        if not self._settled:
            self._settle()
        if not symbolic and self.activity_regularizer is not None:
            self._regularize_activity(outputs)
        if attach and not scopes.state.abstract:
            self._attach_masks(first, outputs, previous_mask)
        return outputs

    def _plan_call(self) -> Callable:
        """What a functional model calls: masks are arguments in its graph, so that outputs need not carry them."""
        if type(self).compute_mask is Layer.compute_mask:
            return self
        return functools.partial(type(self)._call_unmasked, self)

    def _call_unmasked(self, *args: Any, **kwargs: Any) -> Any:
        if self._fast and kwargs.get("mask") is None:
            return self(*args, **kwargs)
        return self._call_general(args, kwargs, attach=False)

    def _resolves_training(self) -> bool:
        return self._call_signature.takes_training

    def _default_training(self) -> Any:
        return self._call_signature.training_default

    def _settle(self) -> None:
        """After the first call: no state is added any more, and later calls need not look for it."""
        if not self.built:
            return
        if all(layer.built for layer in self._flatten_layers()):
            self.__dict__["_settled"] = True
            self._lock()
        self._find_fast()

    def _lock(self) -> None:
        self.__dict__["_locked"] = True

    def _facts(self, x: Any) -> tuple[tuple, str]:
        """Shape and dtype of a tensor or symbolic tensor."""
        if isinstance(x, KerasTensor | TensorSpec | Variable):
            return x.shape, x.dtype
        kind, owner = dispatch.kind_of(x)
        if kind == dispatch.TENSOR:
            return owner.shape(x), owner.dtype(x)
        return np.shape(x), dtypes.standardize_dtype(getattr(x, "dtype", None))

    def _standardize(self, nest: Any) -> Any:
        """Arguments with arrays made tensors, and floats cast to the compute dtype."""
        return tree.map_structure(self._standardize_leaf, nest)

    def _standardize_leaf(self, x: Any) -> Any:
        kind, owner = dispatch.kind_of(x)
        if dispatch.own_kind(self._backend, x) == dispatch.TENSOR and not scopes.state.abstract:
            dtype = self._backend.dtype(x)
        elif kind == dispatch.TENSOR:
            dtype = owner.dtype(x)
        elif kind == dispatch.NEUTRAL and hasattr(x, "dtype") and hasattr(x, "__array__"):
            dtype = dtypes.standardize_dtype(x.dtype)
            if dtype == "string":
                return x
            target = self._compute_dtype if self.autocast and dtypes.is_float(dtype) else dtype
            return dispatch.convert(dispatch.current(), x, target)
        else:
            return x
        if self.autocast and dtype != self._compute_dtype and dtypes.is_float(dtype):
            return ops.cast(x, self._compute_dtype)
        return x

    def _run(self, args: tuple, kwargs: dict) -> Any:
        """`call` within this layer's scopes, on tensors."""
        state = scopes.state
        if state.autocast != self._autocast_dtype:
            with scopes.AutocastScope(self._autocast_dtype):
                return self._run(args, kwargs)
        context = state.call_context
        if context is None:
            return self._call_outermost(args, kwargs)
        training = self._resolve_training(kwargs.get("training"), context)
        return self._call_training(training, context, args, kwargs)

    def _call_outermost(self, args: tuple, kwargs: dict) -> Any:
        """A call that stands in no other layer's call."""
        state = scopes.state
        self._clear_losses()
        training = self._resolve_training(kwargs.get("training"), None)
        context = state.call_context = CallContext(training)
        try:
            return self._call_training(training, context, args, kwargs)
        finally:
            state.call_context = None
            if context.loss_layers:
                self.__dict__["_loss_layers"] = context.loss_layers

    def _resolve_training(self, explicit: Any, context: CallContext | None) -> Any:
        """The `training` flag: the call's, that of the layers around, or the default of the host or of `call`."""
        if explicit is not None:
            return explicit
        if context is not None and context.training is not None:
            return context.training
        return self.__dict__.get("_training_default", self._call_signature.training_default)

    def _call_training(self, training: Any, context: CallContext | None, args: tuple, kwargs: dict) -> Any:
        """`call` with the flag, which the layers inside see too."""
        signature = self._call_signature
        if signature.takes_training:
            if training is not None and "training" not in signature.names[: len(args)]:
                kwargs = {**kwargs, "training": training}
        elif "training" in kwargs and not signature.takes_any_keyword:
            kwargs = {name: value for name, value in kwargs.items() if name != "training"}
        call = self.call if self._remat_scope is None else self._rematerialized(args, kwargs)
        if context is None or context.training is training or not self._layers:
            return call(*args, **kwargs)
        before = context.training
        context.training = training
        try:
            return call(*args, **kwargs)
        finally:
            context.training = before

    def _rematerialized(self, args: tuple, kwargs: dict) -> Callable:
        """`call`, rematerialized if the scope that the layer was made in says so."""
        if scopes.state.abstract:
            return self.call

        def outputs_of() -> list:
            specs = tree.map_structure(lambda x: KerasTensor(*self._facts(x)) if hasattr(x, "shape") else x, args)
            return tree.flatten(self.compute_output_spec(*specs, **kwargs))

        return rematerialization.remat(self.call) if self._remat_scope.covers(self, outputs_of) else self.call

    # --- masks of a call -----------------------------------------------------------------------------------

    def _collect_masks(self, bound: dict[str, Any]) -> dict[str, Any]:
        """By argument name, the masks attached to its tensors, where there are any."""
        found = {}
        for name, value in bound.items():
            masks = tree.map_structure(masking.get_mask, value)
            if any(mask is not None for mask in tree.flatten(masks)):
                found[name] = masks
        return found

    def _attach_masks(self, first: Any, outputs: Any, previous_mask: Any) -> None:
        """Sets the outputs' masks, as `compute_mask` says."""
        if not self._supports_masking:
            if any(mask is not None for mask in tree.flatten(previous_mask)):
                if not self._call_signature.takes_mask:
                    warnings.warn(
                        f"Layer '{self.name}' ({type(self).__name__}) got a masked input, but does not support masks: "
                        "the mask ends here. Set `self.supports_masking = True` in `__init__()` if it should pass.",
                        stacklevel=4,
                    )
            return
        if previous_mask is None and type(self).compute_mask is Layer.compute_mask:
            return
        masks = self.compute_mask(first, previous_mask)
        if masks is None:
            return
        flat_outputs, flat_masks = tree.flatten(outputs), tree.flatten(masks)
        for output, mask in zip(flat_outputs, flat_masks, strict=False):
            if mask is not None and masking.get_mask(output) is None:
                masking.set_mask(output, mask)

    def _regularize_activity(self, outputs: Any) -> None:
        for output in tree.flatten(outputs):
            batch_size = ops.cast(ops.shape(output)[0], ops.dtype(output))
            self.add_loss(ops.divide(self.activity_regularizer(output), batch_size))

    # --- specs ---------------------------------------------------------------------------------------------

    def _symbolic(self, args: tuple, kwargs: dict) -> Any:
        """Records the call in the functional graph."""
        signature = self._call_signature
        if signature.takes_training and "training" not in signature.names[: len(args)]:
            training = self._resolve_training(kwargs.get("training"), scopes.state.call_context)
            if training is not None:
                kwargs["training"] = training
        return self.symbolic_call(*args, **kwargs)

    def symbolic_call(self, *args: Any, **kwargs: Any) -> Any:
        """Records the call in the graph; returns `KerasTensor`s."""
        outputs = self.compute_output_spec(*args, **kwargs)
        Node(self, args, kwargs, outputs)
        return outputs

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The outputs for inputs of these shapes, as `KerasTensor`s.

        By default `call` is run on specs; a layer that overrides `compute_output_shape` answers with that, in its
        compute dtype.
        """
        bound = self._call_signature.bind(args, kwargs)
        with self._own_scope():
            self._ensure_built(bound)
        if shapes_are_declared(self):
            if self._has_unbuilt_layers:  # which `call` builds
                self._spec_by_call(*args, **kwargs)
            shapes = shapes_of(bound)
            shape = self.compute_output_shape(**shape_arguments(self.compute_output_shape, shapes, self))
            return as_specs(shape, self.compute_dtype, KerasTensor)
        return self._spec_by_call(*args, **kwargs)

    def _spec_by_call(self, *args: Any, **kwargs: Any) -> Any:
        """`compute_output_spec` by running `call` on specs."""
        with scopes.abstract(), self._own_scope():
            return from_specs(self._abstract_call(to_specs(args), to_specs(kwargs)))

    @inferred
    def compute_output_shape(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes of the outputs for inputs of these shapes.

        Args:
            args, kwargs: `input_shape`, or `<argument>_shape` for each tensor argument of `call`.
        """
        names = self._call_signature.names
        shapes = {names[i]: shape for i, shape in enumerate(args)}
        for name, shape in kwargs.items():
            name = name.removesuffix("_shape")
            shapes[name if name in self._call_signature.accepts else names[0]] = shape
        specs = {name: as_specs(shape, self.compute_dtype, KerasTensor) for name, shape in shapes.items()}
        if shapes_are_declared(self):  # by a subclass, which asks by `super()`
            with self._own_scope():
                self._ensure_built(specs)
            outputs = self._spec_by_call(**specs)
        else:
            outputs = self.compute_output_spec(**specs)
        return tree.map_structure(lambda x: x.shape, outputs)

    def _abstract_call(self, args: tuple, kwargs: dict) -> Any:
        """`call` on specs; through the backend where it calls its framework directly."""
        try:
            args, kwargs = self._standardize((args, kwargs))
            return self._run(args, kwargs)
        except Exception as error:
            try:
                with scopes.replaced(abstract=False):
                    return self._backend.abstract_eval(
                        lambda *a: self._run(*tree.pack_sequence_as((args, kwargs), a)), *tree.flatten((args, kwargs))
                    )
            except Exception as natively:
                error.add_note(
                    f"The output of layer '{self.name}' ({type(self).__name__}) was being inferred from the shapes of "
                    "its inputs. If its `call` cannot run on shapes alone, write `compute_output_shape`. On tensors of "
                    f"the backend without data it failed too: {type(natively).__name__}: {natively}"
                )
                raise error from None

    # --- stateless calls -----------------------------------------------------------------------------------

    def stateless_call(
        self,
        trainable_variables: list,
        non_trainable_variables: list,
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple:
        """Calls the layer with given values for its variables, and gives the new ones back.

        Args:
            trainable_variables: values for `trainable_variables`, in order.
            non_trainable_variables: values for `non_trainable_variables`, in order.
            args, kwargs: the arguments of the call.
            return_losses: whether `losses` are returned as well.

        Returns:
            `(outputs, non_trainable_variables)`, or `(outputs, non_trainable_variables, losses)`.

        Raises:
            ValueError: if the layer is not built, or the numbers of values do not fit.
        """
        if not self.built:
            raise ValueError(
                f"stateless_call() needs a built layer; '{self.name}' is not. Call it on inputs once, or "
                "`layer.build(input_shape)`."
            )
        pairs = []
        for what, own, given in (
            ("trainable", self.trainable_variables, list(trainable_variables)),
            ("non-trainable", self.non_trainable_variables, list(non_trainable_variables)),
        ):
            if len(own) != len(given):
                raise ValueError(
                    f"Layer '{self.name}' has {len(own)} {what} variables; stateless_call() got {len(given)} values."
                )
            pairs += zip(own, given, strict=True)
        with scopes.StatelessScope(state_mapping=pairs, collect_losses=return_losses) as scope:
            outputs = self(*args, **kwargs)
            losses = self.losses if return_losses else None
        updated = [
            value if (current := scope.get_current_value(variable)) is None else current
            for variable, value in zip(self.non_trainable_variables, non_trainable_variables, strict=True)
        ]
        return (outputs, updated, losses) if return_losses else (outputs, updated)

    def rematerialized_call(self, layer_call: Callable, *args: Any, **kwargs: Any) -> Callable:
        """`layer_call`, whose intermediate values are computed again for gradients instead of kept."""
        return rematerialization.remat(layer_call)

    # --- configs -------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """The arguments that make the layer again.

        A class with arguments of its own and without a `get_config` gets one, if the arguments are plain values.

        Raises:
            NotImplementedError: if an argument is no plain value.
        """
        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": dtype_policies.serialize(self._dtype_policy),
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return arguments_config(self, config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.__dict__.get('_name')}, built={self.built}>"


def _managed_build(build: Callable) -> Callable:
    """A `build` that runs in the layer's own scopes, whoever calls it, and that marks the layer as built."""

    @functools.wraps(build)
    def managed(self: Layer, *args: Any, **kwargs: Any) -> None:
        if self._building:  # super().build(...)
            return build(self, *args, **kwargs)
        arguments = inspect.signature(build).bind(self, *args, **kwargs).arguments
        self._building = True
        try:
            with scopes.replaced(backend=self._backend), scopes.concrete(), self._own_scope():
                self._path = scopes.current_path()
                build(self, *args, **kwargs)
        finally:
            self._building = False
        self.built = True
        self.__dict__["_build_shapes"] = dict(list(arguments.items())[1:])
        if type(self).build is not Layer.build:  # else `call` may still make sublayers
            self._lock()

    return managed


Layer.build = _managed_build(Layer.build)


def _takes_default_config(cls: type) -> bool:
    """Whether `get_config` of the class has to find the arguments of `__init__` by itself."""
    return getattr(cls.get_config, "_from_arguments", False) and cls.__init__ is not Layer.__init__


Layer.get_config._from_arguments = True
