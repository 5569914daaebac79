"""Run all comparisons and print the page that shows them.

python -m validation > docs/background/validation.md
"""

from __future__ import annotations

import sys

from validation.page import modules, page

if __name__ == "__main__":
    sys.stdout.write(page({name: tuple(module.rows()) for name, module in modules().items()}))
