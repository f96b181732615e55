"""AWS's numbers for pipes (documented)."""

from typing import Final

PAGE_MAX: Final = 100
