"""Which layers bring an extension that is stood in for? Those that AWS publishes under these names, in any region."""

import re

PARAMETERS_AND_SECRETS = "AWS-Parameters-and-Secrets-Lambda-Extension"
APP_CONFIG = "AWS-AppConfig-Extension"
_NAMES = (APP_CONFIG, PARAMETERS_AND_SECRETS)
_LAYER = re.compile(rf"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{{12}}:layer:({'|'.join(_NAMES)})(?:-Arm64)?:\d+")


def extension_of(layer_arn: str) -> str:
    """Return the name of the extension that a layer brings, "" if it brings none of these."""
    match = _LAYER.fullmatch(layer_arn)
    return "" if match is None else match[1]
