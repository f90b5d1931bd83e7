"""The conformance kit: says what a backend lacks or does wrong.

    pytest --keras-backend=NAME            wherever keras-core is installed
    python -m keras_core conformance NAME  for people

* `cases.py`: the table of op cases that the checks run from
* `suite.py`: the checks, as tests
* `gradients.py`: gradients against finite differences
* `known_failures.py`: the gaps that a backend admits
* `plugin.py`: the pytest plugin
* `command.py`: the subcommand

This package imports nothing by itself: pytest loads the plugin in every environment that has keras-core.
"""
