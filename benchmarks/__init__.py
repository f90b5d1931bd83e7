"""What this library costs beside the frameworks' own ways and beside Keras 3.15.1. See README.md."""
