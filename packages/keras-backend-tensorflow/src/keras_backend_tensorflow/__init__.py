"""The TensorFlow backend of keras-core."""
