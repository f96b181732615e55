"""Which words may not stand in an expression as attribute names?"""

from importlib.resources import files
from typing import Final

RESERVED: Final = frozenset(files(__package__).joinpath("reserved_words.txt").read_text(encoding="ascii").split())
"""DynamoDB developer guide, "Reserved words in DynamoDB", in capitals; a text is compared in any case."""
