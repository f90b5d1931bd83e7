"""What variables hold, so that a recorded step finds it in the same memory each time."""

import contextlib


class Cell:
    """A variable's value, and the memory that it lives in between steps."""

    def __init__(self, value):
        self.home = self.value = value.clone().realize()

    def settle(self):
        """Brings a value that was assigned home."""
        if self.value is not self.home:
            self.home.assign(self.value).realize()
            self.value = self.home


_open = []
"""The steps that run: for each the cells that were read or assigned in it, by their ids."""


@contextlib.contextmanager
def step():
    """Context of a step: gives its cells, by their ids. Who opens it evaluates their values and settles them."""
    _open.append({})
    try:
        yield _open[-1]
    finally:
        _open.pop()


def read(cell):
    if _open:
        _open[-1][id(cell)] = cell
    return cell.value


def assign(cell, value):
    """Inside a step the value is left to be evaluated with all others."""
    cell.value = value.contiguous()
    if _open:
        _open[-1][id(cell)] = cell
    else:
        cell.value.realize()
    return cell
