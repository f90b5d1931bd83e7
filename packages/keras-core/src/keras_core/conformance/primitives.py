"""What a kernel of each primitive owes: the op's arguments as the kernel gets them, and what it gives.

`keras-core new-backend` writes it beside each kernel, docs/writing-a-backend.md has it as a table.
"""

from __future__ import annotations

KERNELS: dict[str, str] = {
    "cast": "`x` in `dtype`, a name; floats to integers towards zero, to bool whether they differ from 0",
    "stop_gradient": "`x` itself; a constant where the framework takes gradients",
    "negative": "`-x`; numbers",
    "absolute": "the magnitude; numbers and bools; of complex numbers floats",
    "exp": "`e**x`; floats",
    "log": "the natural logarithm: of 0 -inf, below 0 NaN; floats",
    "sqrt": "the square root: below 0 NaN; floats",
    "sin": "the sine of radians; floats",
    "cos": "the cosine of radians; floats",
    "tanh": "the hyperbolic tangent; floats",
    "erf": "the error function; floats",
    "floor": "the largest whole number not above `x`; floats",
    "round": "the nearest whole number, halves to even; `decimals` is 0; numbers (integers as they are)",
    "logical_not": "bools",
    "bitwise_not": "the bits flipped; integers",
    "add": "the sum; numbers, and bools, of which it is the or",
    "subtract": "the difference; numbers",
    "multiply": "the product; numbers, and bools, of which it is the and",
    "divide": "the quotient: of 1 and 0 inf, of 0 and 0 NaN; floats",
    "floor_divide": "the largest whole number not above the quotient; numbers",
    "mod": "what `floor_divide` leaves, of the sign of `x2`; numbers",
    "power": "`x1**x2`; numbers",
    "maximum": "the larger one, NaN where one is NaN; numbers and bools",
    "minimum": "the smaller one, NaN where one is NaN; numbers and bools",
    "arctan2": "the angle of the point (x2, x1), in [-pi, pi]; floats",
    "equal": "bools; operands of any dtype",
    "less": "bools; operands of any dtype",
    "logical_and": "bools",
    "logical_or": "bools",
    "bitwise_and": "integers and bools",
    "bitwise_or": "integers and bools",
    "bitwise_xor": "integers and bools",
    "left_shift": "the bits moved up, those above dropped; integers",
    "right_shift": "the bits moved down, the sign kept; integers",
    "where": "`x1` where `condition` (bools) holds, else `x2`, broadcast",
    "reshape": "`newshape` is a tuple, of which one number may be -1",
    "transpose": "`axes` is a tuple: a place for each axis",
    "broadcast_to": "`shape` may have more axes in front",
    "concatenate": "`xs` is a list of tensors of one dtype, some perhaps empty; `axis` an int",
    "pad": "constants put around: `pad_width` is a tuple of pairs (before, after), `mode` \"constant\", "
    "`constant_values` a number, or None for 0",
    "flip": "`axis` is a tuple of those reversed",
    "strided_slice": "`x[starts[0]:stops[0]:strides[0], ...]`: tuples with an entry for each axis, as Python's slices "
    "take them (negative, None)",
    "sum": "`axis` is a tuple, perhaps empty; in the dtype of `x`: floats, integers of 32 bits and more",
    "prod": "as `sum`",
    "max": "`axis` is a tuple, perhaps empty; of at least one element each; NaN where one is; numbers and bools",
    "min": "as `max`",
    "argmax": "the int32 place of the first largest element, or of the first NaN; `axis` is one int",
    "argmin": "the int32 place of the first smallest element, or of the first NaN; `axis` is one int",
    "cumsum": "running sums along one axis, an int, in the dtype of `x`; numbers",
    "conv": "`inputs` (batch, ..., channels), or (batch, channels, ...) for the `data_format` \"channels_first\"; "
    "`kernel` (..., channels in a group, filters); `strides` and `dilation_rate` a tuple of 1 to 3 numbers; `padding` "
    "\"valid\" or \"same\"; as many groups as the channels ask for; a correlation: the kernel is not flipped; floats",
    "full": "`shape` is a tuple; `fill_value` a Python number, perhaps of another kind than `dtype`, a name",
    "arange": "`start`, `stop`, `step` are Python numbers, the step perhaps below 0; `dtype` a name",
    "matmul": "batches of matrices, the batches broadcast; of a vector on either side too; numbers, also integers",
    "take": "slices of `x` along `axis`, an int; `indices` integers >= 0 of any shape, which stands in the place of "
    "that axis",
    "take_along_axis": "`indices` of the rank of `x`, integers >= 0; the other axes broadcast",
    "scatter_update": "`inputs` with the elements or slices at rows of `indices` (n, depth) put to `updates` (n, ...); "
    "`reduction` None, or what they are combined with: \"add\", \"max\", \"min\", \"mul\", also where rows repeat",
    "slice": "the block of size `shape`; `start_indices` has an int or a scalar tensor of integers for each axis",
    "slice_update": "`inputs` with the block of the size of `updates` put in; `start_indices` as for `slice`",
    "argsort": "int32 places that sort along `axis`, an int; stable, NaN last; any dtype",
    # optional groups
    "view_as_complex": "complex numbers from pairs (..., 2)",
    "view_as_real": "pairs (..., 2) of complex numbers",
    "svd": "`(u, s, vh)`, or `s` alone without `compute_uv`; singular values fall",
    "qr": "`(q, r)`; `mode` \"reduced\" or \"complete\"",
    "cholesky": "the lower factor, or with `upper` the upper one; NaN or an error if there is none",
    "eigh": "`(values, vectors)` of symmetric matrices, values ascending",
    "eig": "`(values, vectors)`, both complex",
}
