"""Does the example on the page run?"""

import runpy
from pathlib import Path


def test_the_web_hook_of_the_page_hears_of_the_order() -> None:
    """As it is printed."""
    example = Path(__file__).parents[3] / "docs/examples/bus/test_hook.py"

    runpy.run_path(str(example))["test_a_hook_hears_of_an_order_when_it_is_back"]()
