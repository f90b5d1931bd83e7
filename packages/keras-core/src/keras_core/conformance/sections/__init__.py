"""The checks, a file for each section of the scorecard. pytest collects them for `--keras-backend=NAME`.

In each the fixture `subject` is the backend that is tested, and the first line of a file's docstring is its title.
"""
