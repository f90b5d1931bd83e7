"""`python -m keras_core`."""

import sys

from keras_core.cli import main

sys.exit(main())
