"""Plugins: what distributions beside this one add, found by entry points.

The only room that knows pluggy and importlib-metadata. A plugin is a module named by an entry point of one of two
groups, `keras_core.backends` (the entry point's name is the backend's) and `keras_core.plugins` (add-ons), and holds an
implementation of one of the hooks in `hookspecs`.
"""

from keras_core.plugins.hookspecs import hookimpl

__all__ = ["hookimpl"]
