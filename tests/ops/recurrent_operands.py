"""The recurrent ops, and shapes of their operands beside the sequences."""

from keras_core.ops import recurrent

BATCH, TIME, FEATURES, UNITS = 3, 5, 4, 6
OPS = {"lstm": recurrent.lstm.op, "gru": recurrent.gru.op}
OPERANDS = {
    "lstm": [(BATCH, UNITS)] * 2 + [(FEATURES, 4 * UNITS), (UNITS, 4 * UNITS), (4 * UNITS,)],
    "gru": [(BATCH, UNITS), (FEATURES, 3 * UNITS), (UNITS, 3 * UNITS), (2, 3 * UNITS)],
}
