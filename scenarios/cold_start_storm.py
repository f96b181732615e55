"""A function with a heavy start: what it does at import is paid by whoever comes first."""

import time

time.sleep(1.2)  # a big library, a model, a connection
LOADED_AT = time.time()


def handler(event, context):
    time.sleep(0.3)
    return {"age_of_environment_s": round(time.time() - LOADED_AT, 1)}
