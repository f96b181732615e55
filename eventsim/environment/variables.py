"""Which environment variables does user code see? Those that Lambda sets, and the function's own (recorded)."""

from collections.abc import Mapping

from eventsim.function.function import FunctionVersion
from eventsim.handler.surroundings import LAMBDA_API, TASK_ROOT
from eventsim.segments import DAEMON_HOST, DAEMON_PORT
from eventsim.session_token import token_of

TRACE_HEADER = "_X_AMZN_TRACE_ID"
"""The variable that is set anew for each invocation."""


def daemon_variables(host: str, port: int) -> Mapping[str, str]:
    """Return the environment variables by which Lambda tells where X-Ray's daemon is (recorded)."""
    return {
        "AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}",
        "_AWS_XRAY_DAEMON_ADDRESS": host,
        "_AWS_XRAY_DAEMON_PORT": str(port),
    }


def shared_variables(version: FunctionVersion, region: str) -> Mapping[str, str]:
    """Return the environment variables that are the same in all environments of a version (recorded)."""
    variables = {
        "_HANDLER": version.handler_name,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": version.function,
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group or f"/aws/lambda/{version.function}",
        "AWS_LAMBDA_RUNTIME_API": f"{LAMBDA_API[0]}:{LAMBDA_API[1]}",
        "AWS_ACCESS_KEY_ID": "ASIAEVENTSIMEXAMPLE0",
        "AWS_SECRET_ACCESS_KEY": "eventsim/needs/no/secret/access/key/EXAMPLE",
        "AWS_SESSION_TOKEN": token_of(version.function_arn),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **daemon_variables(DAEMON_HOST, DAEMON_PORT),
        "LAMBDA_TASK_ROOT": TASK_ROOT,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH": (
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
        ),
        "PYTHONPATH": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "TZ": ":UTC",
        "PWD": TASK_ROOT,
        "SHLVL": "0",
    }
    if version.log_format == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        variables["AWS_LAMBDA_LOG_LEVEL"] = version.application_log_level
    return variables


def as_bytes(variables: Mapping[str, str]) -> dict[str, bytes]:
    """Return variables as a process of its own gets them: in UTF-8 as on AWS, whatever this one was started with.

    Folders among them keep the names that the file system has for them, also those that are no text.
    """
    return {name: value.encode("utf-8", "surrogateescape") for name, value in variables.items()}
