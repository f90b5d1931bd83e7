"""One fit, evaluate and predict for every backend."""
