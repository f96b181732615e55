"""Which layers bring an extension that is stood in for? Those that AWS publishes under these names, in any region."""

import re
from collections.abc import Mapping, Sequence

PARAMETERS_AND_SECRETS = "AWS-Parameters-and-Secrets-Lambda-Extension"
APP_CONFIG = "AWS-AppConfig-Extension"
WEB_ADAPTER = "LambdaAdapterLayer"
_NAMES = (APP_CONFIG, PARAMETERS_AND_SECRETS)
_LAYER = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:layer:"
    rf"(?:({'|'.join(_NAMES)})(?:-Arm64)?|({WEB_ADAPTER})(?:X86|Arm64)):\d+"
)
WRAPPER_VARIABLE = "AWS_LAMBDA_EXEC_WRAPPER"
ADAPTERS_WRAPPER = "/opt/bootstrap"
ADAPTERS_LAYER = f"arn:aws:lambda:us-east-1:753240598075:layer:{WEB_ADAPTER}X86:26"


def extension_of(layer_arn: str) -> str:
    """Return the name of the extension that a layer brings, "" if it brings none of these."""
    match = _LAYER.fullmatch(layer_arn)
    return "" if match is None else match[1] or match[2]


def is_adapted(layer_arns: Sequence[str], environment: Mapping[str, object]) -> bool:
    """Tell whether a function with these layers and variables is a web program behind AWS's Lambda Web Adapter.

    Its handler is the file that starts the program (documented).
    """
    has_adapter = any(extension_of(arn) == WEB_ADAPTER for arn in layer_arns)
    return has_adapter and environment.get(WRAPPER_VARIABLE) == ADAPTERS_WRAPPER
