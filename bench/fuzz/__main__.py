"""``python -m fuzz``, from the folder ``bench`` or with it on the path."""

import sys

from fuzz.run import main

sys.exit(main())
