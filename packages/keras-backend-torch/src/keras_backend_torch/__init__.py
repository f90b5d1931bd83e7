"""The PyTorch backend of keras-core."""
