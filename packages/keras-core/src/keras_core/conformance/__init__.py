"""The conformance kit: says what a backend lacks or does wrong.

    keras-core conformance NAME            for people
    pytest --keras-backend=NAME            wherever keras-core is installed

* `cases.py`: the table of op cases that the checks run from
* `sections/`: the checks, a file for each section of the scorecard; `checking.py` is what they share
* `gradients.py`: derivatives, and finite differences; `gradient_cases.py`: more cases for them
* `known_failures.py`: the gaps that a backend admits
* `scorecard.py`: what came of it, and what to write next
* `kit.py`: what the kit adds to a run of pytest; `plugin.py` its options
* `command.py`, `new_backend.py`, `matrix.py`: the subcommands `conformance`, `new-backend` and `ops-matrix`

This package imports nothing by itself: pytest loads the plugin in every environment that has keras-core.
"""
