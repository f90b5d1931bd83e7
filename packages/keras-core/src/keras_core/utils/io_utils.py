"""What is told to the user while the program runs."""

from __future__ import annotations

import logging
import sys

from keras_core import config

logger = logging.getLogger("keras_core")


def print_message(message: str, line_break: bool = True) -> None:
    """Prints to standard output, or to the logger "keras_core" where interactive logging is disabled.

    What the output's encoding cannot write is replaced.
    """
    if not config.is_interactive_logging_enabled():
        logger.info(message)
        return
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(message.encode(encoding, errors="replace").decode(encoding) + ("\n" if line_break else ""))
    sys.stdout.flush()
