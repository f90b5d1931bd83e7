"""The embedded backend: NumPy arrays as tensors. A plugin like any other, laid out like the others."""
