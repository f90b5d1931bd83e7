"""Image classification architectures for keras-core."""
