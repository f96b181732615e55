import os

from more import NAME
from words import GREETING


def handler(event, context):
    return [GREETING, NAME, os.environ["IS_LOUD"], os.environ["HOW_OFTEN"], os.environ["ZONE"]]
