"""A function that reads its password by the AWS Parameters and Secrets Lambda Extension, as AWS's examples do."""

import json
import os
import urllib.request
from typing import Any

URL = "http://localhost:2773/secretsmanager/get?secretId=shop/database"


def charge(event: dict[str, str], context: Any) -> None:
    request = urllib.request.Request(URL)
    request.add_header("X-Aws-Parameters-Secrets-Token", os.environ["AWS_SESSION_TOKEN"])
    password = json.loads(urllib.request.urlopen(request).read())["SecretString"]
    if password != event["wanted"]:
        raise PermissionError(f"the database refuses the password {password}")
