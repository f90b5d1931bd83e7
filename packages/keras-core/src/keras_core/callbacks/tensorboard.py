"""Logs for TensorBoard, written without TensorFlow."""

from __future__ import annotations

import os
import pathlib
import socket
import struct
import time
from typing import Any, BinaryIO

import numpy as np

from keras_core import ops
from keras_core.callbacks.callback import Callback


class TensorBoard(Callback):
    """Writes losses, metrics, the learning rate and histograms of the weights for TensorBoard.

    `tensorboard --logdir LOG_DIR` shows them; nothing else needs to be installed for writing.

    Args:
        log_dir: where to; training and validation have folders of their own in it.
        histogram_freq: after how many epochs each time histograms of the weights are written; 0: never.
        write_graph: whether the model's architecture is written as text (JSON).
        write_images: not supported.
        write_steps_per_second: whether training steps a second are written.
        update_freq: "epoch"; "batch" or a number of batches to write losses and metrics of batches too.
        profile_batch: not supported; use the framework's own profiler.
        embeddings_freq, embeddings_metadata: not supported.

    Raises:
        NotImplementedError: for what is not supported.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        unsupported = {
            "write_images": write_images,
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
            "embeddings_metadata": embeddings_metadata,
        }
        asked = [name for name, value in unsupported.items() if value]
        if asked:
            raise NotImplementedError(
                f"TensorBoard of keras_core does not support {', '.join(asked)}. Use the framework's own tools for "
                "that, such as `torch.profiler`, `jax.profiler` or `tf.summary`."
            )
        if update_freq not in ("epoch", "batch") and not (isinstance(update_freq, int) and update_freq > 0):
            raise ValueError(f"`update_freq` is 'epoch', 'batch' or a positive number; received: {update_freq!r}.")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._writers: dict[str, EventWriter] = {}
        self._train_step = 0
        self._test_step = 0
        self._in_fit = False
        self._epoch_start = (0.0, 0)

    def _writer(self, name: str) -> EventWriter:
        if name not in self._writers:
            self._writers[name] = EventWriter(os.path.join(self.log_dir, name))
        return self._writers[name]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._train_step = 0
        self._in_fit = True
        if self.write_graph:
            try:
                text = self.model.to_json()
            except NotImplementedError:  # a model without a config has no architecture to show
                return
            self._writer("train").text("keras", text, 0)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._in_fit = False
        self._close()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch_start = (time.time(), self._train_step)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._train_step += 1
        if self.update_freq != "epoch" and self._train_step % self.update_freq == 0:
            for name, value in (logs or {}).items():
                self._writer("train").scalar(f"batch_{name}", value, self._train_step)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        values = dict(logs or {})
        learning_rate = getattr(self.model.optimizer, "learning_rate", None)
        if learning_rate is not None:
            values["learning_rate"] = float(ops.convert_to_numpy(learning_rate))
        for name, value in values.items():
            folder, short = ("validation", name[4:]) if name.startswith("val_") else ("train", name)
            self._writer(folder).scalar(f"epoch_{short}", value, epoch)
        if self.write_steps_per_second:
            began, step = self._epoch_start
            rate = (self._train_step - step) / max(time.time() - began, 1e-9)
            self._writer("train").scalar("epoch_steps_per_second", rate, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for variable in self.model.weights:
                self._writer("train").histogram(f"{variable.path}/histogram", variable.numpy(), epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        if self._in_fit:
            return
        iterations = getattr(self.model.optimizer, "iterations", None)
        step = 0 if iterations is None else int(ops.convert_to_numpy(iterations))
        for name, value in (logs or {}).items():
            self._writer("validation").scalar(f"evaluation_{name}_vs_iterations", value, step)
        self._close()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


class EventWriter:
    """Writes an event file: length-prefixed protocol buffers of the messages `Event`, `Summary` and `HistogramProto`.

    Args:
        folder: the folder for the file.
    """

    def __init__(self, folder: str):
        directory = pathlib.Path(folder)
        directory.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns() // 1000:d}.{socket.gethostname()}.{os.getpid()}.v2"
        self._file: BinaryIO = (directory / name).open("ab")
        self._record(_double(1, time.time()) + _bytes(3, b"brain.Event:2"))

    def scalar(self, tag: str, value: Any, step: int) -> None:
        """A number, or the mean of an array."""
        self._summary(_bytes(1, tag.encode()) + _float(2, float(np.mean(value))), step)

    def text(self, tag: str, value: str, step: int) -> None:
        """A text."""
        plugin = _bytes(9, _bytes(1, _bytes(1, b"text")))
        tensor = _bytes(8, _integer(1, 7) + _bytes(2, b"") + _bytes(8, value.encode()))  # DT_STRING of shape ()
        self._summary(_bytes(1, tag.encode()) + plugin + tensor, step)

    def histogram(self, tag: str, values: np.ndarray, step: int, buckets: int = 30) -> None:
        """How the values of an array are distributed."""
        flat = np.asarray(values, "float64").ravel()
        flat = flat[np.isfinite(flat)]
        if not flat.size:
            return
        counts, edges = np.histogram(flat, bins=buckets)
        message = b"".join(
            _double(field, number)
            for field, number in enumerate((flat.min(), flat.max(), flat.size, flat.sum(), (flat**2).sum()), start=1)
        )
        message += _bytes(6, edges[1:].astype("<f8").tobytes()) + _bytes(7, counts.astype("<f8").tobytes())
        self._summary(_bytes(1, tag.encode()) + _bytes(5, message), step)

    def _summary(self, value: bytes, step: int) -> None:
        self._record(_double(1, time.time()) + _integer(2, step) + _bytes(5, _bytes(1, value)))

    def _record(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


# --- protocol buffers --------------------------------------------------------------------------------------------


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _integer(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", number)


def _float(field: int, number: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", number)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _crc_table()


def _checksum(content: bytes) -> bytes:
    """The masked CRC-32C of a record."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = crc >> 8 ^ _CRC[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
