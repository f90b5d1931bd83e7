"""Rearranging elements."""
