"""The JAX backend of keras-core."""
