import os
from pathlib import Path

import tax
from prices import BOOK


def handler(event, context):
    here = Path(os.environ["LAMBDA_TASK_ROOT"])
    files = sorted(str(path.relative_to(here)) for path in here.rglob("*") if "__pycache__" not in path.parts)
    variables = [os.environ.get(name) for name in ("STAGE", "COLOUR", "SIZE", "AWS_EXECUTION_ENV")]
    return {"files": files, "variables": variables, "price": BOOK + tax.TAX}


def other(event, context):
    return "other"
