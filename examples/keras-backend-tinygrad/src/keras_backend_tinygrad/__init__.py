"""The tinygrad backend of keras-core."""
