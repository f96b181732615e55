import os
from urllib.request import urlopen

import pytest


@pytest.fixture(autouse=True)
def new_world():
    urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/_eventsim/reset", data=b"").close()
