"""PyTorch as its documentation writes it: modules, an eager loop, Adam."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.cases import Case


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width) for _ in range(4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for project in (self.query, self.key, self.value)
        )
        return self.output(F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2))


class Block(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.attention = Attention(width, heads)
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.hidden = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.first(x + self.attention(x))
        return self.second(x + self.hidden(x))


class Mean(nn.Module):
    """The mean over the axes given."""

    def __init__(self, *axes: int):
        super().__init__()
        self.axes = axes

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(self.axes)


class ChannelsFirst(nn.Module):
    """Images as the data hold them, in PyTorch's order of axes (a view: the memory stays channels last)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.permute(0, 3, 1, 2)


class Bottleneck(nn.Module):
    def __init__(self, channels: int, filters: int, stride: int, project: bool):
        super().__init__()
        self.body = nn.Sequential(
            *_normalized(channels, filters, 1, 1),
            nn.ReLU(),
            *_normalized(filters, filters, 3, stride),
            nn.ReLU(),
            *_normalized(filters, 4 * filters, 1, 1),
        )
        self.shortcut = nn.Sequential(*_normalized(channels, 4 * filters, 1, stride)) if project else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.body(x) + self.shortcut(x))


def _normalized(channels: int, filters: int, size: int, stride: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, filters, size, stride, size // 2, bias=False), nn.BatchNorm2d(filters)]


class Lstm(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.lstm = nn.LSTM(width, width, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.lstm(x)[0][:, -1]


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


def cnn() -> nn.Module:
    layers: list[nn.Module] = [ChannelsFirst()]
    for channels, filters in ((3, 32), (32, 64), (64, 64)):
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers[:-1], nn.Flatten(), nn.Linear(8 * 8 * 64, 10))


def transformer() -> nn.Module:
    return nn.Sequential(Block(128, 4), Block(128, 4), Mean(1), nn.Linear(128, 10))


def deep() -> nn.Module:
    return nn.Sequential(*[m for _ in range(50) for m in (nn.Linear(16, 16), nn.ReLU())], nn.Linear(16, 10))


def resnet50() -> nn.Module:
    layers = [ChannelsFirst(), *_normalized(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    channels = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for block in range(blocks):
            layers.append(Bottleneck(channels, 64 << stage, 2 if stage and not block else 1, not block))
            channels = 256 << stage
    return nn.Sequential(*layers, Mean(2, 3), nn.Linear(2048, 1000))


def bert() -> nn.Module:
    blocks = [Block(768, 12) for _ in range(12)]
    return nn.Sequential(nn.Embedding(30522, 768), nn.LayerNorm(768), *blocks, Mean(1), nn.Linear(768, 10))


def lstm() -> nn.Module:
    return nn.Sequential(nn.Embedding(20000, 128), Lstm(128), nn.Linear(128, 10))


class Side:
    def __init__(self, case: Case):
        self.case = case

    def fresh(self) -> None:
        self.model = globals()[self.case.build.__name__]()
        if self.case.build.__name__ in ("cnn", "resnet50"):
            self.model.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.model.parameters(), 1e-3)

    def fit(self, x: np.ndarray, y: np.ndarray) -> float:
        self.model.train()
        batch = self.case.batch
        order = np.random.permutation(len(x))
        total = torch.zeros(())
        for start in range(0, len(x), batch):
            chosen = order[start : start + batch]
            inputs, labels = torch.from_numpy(x[chosen]), torch.from_numpy(y[chosen]).long()
            self.optimizer.zero_grad()
            loss = self.loss(inputs, labels)
            self.update(loss)
            total += loss.detach() * len(chosen)
        return total.item() / len(x)

    def loss(self, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(self.model(inputs), labels)

    def update(self, loss: torch.Tensor) -> None:
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def predict(self, x: np.ndarray) -> np.ndarray:
        self.model.eval()
        batch = self.case.batch
        starts = range(0, len(x), batch)
        outputs = [self.model(torch.from_numpy(x[start : start + batch])).numpy() for start in starts]
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    def place(self, x: np.ndarray) -> torch.Tensor:
        self.model.eval()
        return torch.from_numpy(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class CompiledSide(Side):
    """What the documentation has for speed: module and optimizer step through `torch.compile`."""

    def fresh(self) -> None:
        super().fresh()
        self.model = torch.compile(self.model)
        self.optimizer.step = torch.compile(self.optimizer.step)


class HalfSide(Side):
    """Mixed precision in float16: autocast, and a loss that is scaled."""

    def fresh(self) -> None:
        super().fresh()
        self.scaler = torch.amp.GradScaler("cpu")

    def loss(self, inputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.float16):
            return super().loss(inputs, labels)

    def update(self, loss: torch.Tensor) -> None:
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def predict(self, x: np.ndarray) -> np.ndarray:
        with torch.autocast("cpu", torch.float16):
            return super().predict(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.float16):
            return super().forward(x)


VARIANTS = {"jit_compile": CompiledSide, "mixed_float16": HalfSide}
"""Ways to train that are other code here; the other variants are measured against `Side`."""
