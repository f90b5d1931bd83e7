"""Layers that need no other room of layers."""
