"""The framework-free core of multi-backend Keras: ops, layers, training and saving, with a NumPy backend."""
