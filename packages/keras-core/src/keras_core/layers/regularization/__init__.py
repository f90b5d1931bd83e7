"""Noise and penalties, at work in training."""
