"""Who answers for the services that eventsim does not simulate? moto, in process, if the extra is installed.

This is the only file that knows moto; what goes there is decided by the tables below. botocore writes the request
and reads the answer, with moto in place of the wire. moto's state is the door's own while a call lasts, and as
it was before and after it, so that simulations do not see each other's, nor `mock_aws` theirs.

Dates are virtual, and ids and random bytes follow from the seed; keys that moto makes with `cryptography` do not.
"""

import asyncio
import contextlib
import functools
import importlib
import importlib.util
import os
import re
from collections.abc import Awaitable, Callable, Container, Iterator, Mapping
from typing import Any, Final

from eventsim.api import Operation, Request, Result
from eventsim.calls.inert import Inert
from eventsim.calls.policy_checks import check_policies
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ApiError, NotSimulated
from eventsim.handler.luck import luck_of
from eventsim.handler.virtual_time import dates_of
from eventsim.trace import Trace

_OURS = "It is one of those that eventsim answers itself, or not at all."
_CALLS_LAMBDA = "moto's would call functions of moto's, not those of this simulation."
_READS_S3 = "moto's would use buckets of moto's, not those of this simulation."
_MAKES_OTHERS = "moto's would make resources of moto's, not of this simulation."
_NEVER_ACTIVE = "moto's clusters are never active, for which tools wait for hours. Describe it under `clusters:`."

NEVER: Final[Mapping[str, str]] = {
    **dict.fromkeys(("cloudwatch", "lambda", "logs", "s3", "s3control", "secretsmanager", "sqs", "ssm", "sts"), _OURS),
    **dict.fromkeys(("dynamodb", "dynamodbstreams", "events", "kinesis", "pipes", "scheduler", "sns"), _OURS),
    **dict.fromkeys(("apigateway", "apigatewaymanagementapi", "apigatewayv2", "elbv2", "firehose"), _OURS),
    **dict.fromkeys(
        ("appconfig", "appconfigdata", "cloudformation", "resourcegroupstaggingapi", "stepfunctions"), _OURS
    ),
    "appsync": _CALLS_LAMBDA,
    **dict.fromkeys(("athena", "cloudtrail", "s3tables", "sagemaker", "sagemaker-runtime", "textract"), _READS_S3),
    **dict.fromkeys(("batch", "config"), _MAKES_OTHERS),
}
"""Services that never go to moto, and why; all others do."""

NEVER_OPERATIONS: Final[Mapping[tuple[str, str], str]] = {
    ("ec2", "CreateFlowLogs"): _MAKES_OTHERS,
    **{("kafka", operation): _NEVER_ACTIVE for operation in ("CreateCluster", "CreateClusterV2")},
    ("route53", "CreateQueryLoggingConfig"): _MAKES_OTHERS,
    ("secretsmanager", "RotateSecret"): _CALLS_LAMBDA,
    ("ses", "SetIdentityNotificationTopic"): _MAKES_OTHERS,
}
"""Operations of services that go to moto, but which lead to a service that does not, or nowhere."""

_TAGS: Final = ("ListTagsForResource", "TagResource", "UntagResource")
APART: Final[Mapping[str, tuple[str, ...]]] = {
    "cloudwatch": ("InsightRule", *_TAGS),
    "logs": ("Deliver", "Destination", *_TAGS),
    "ssm": ("Command", "Document", "MaintenanceWindow", "Patch", "Tags"),
}
"""Words in the names of those operations of eventsim's services that go to moto: nothing else knows what they keep.

The operations on tags are eventsim's, which leaves those of what moto keeps to moto.
"""

DEFAULTS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = {
    ("kms", "CreateKey"): {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False},
}
"""What AWS assumes if nobody says it (documented), and moto does not: tools look at what is told of it."""

EMPTY: Final[Mapping[tuple[str, str], str]] = {
    ("iam", "ListServiceSpecificCredentials"): "ServiceSpecificCredentials",
}
"""Lists of what nobody can make, for moto knows neither: they are empty. Tools look before they delete a user."""

WITHOUT_EFFECT: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("cloudwatch", "PutInsightRule"): ("RuleDefinition", "insight rules count nothing"),
    ("cognito-idp", "CreateUserPool"): ("LambdaConfig", "triggers of user pools are not called"),
    ("cognito-idp", "UpdateUserPool"): ("LambdaConfig", "triggers of user pools are not called"),
    ("ecs", "RunTask"): ("taskDefinition", "no container runs"),
    ("iam", "CreateUser"): ("PermissionsBoundary", "boundaries of users are not kept"),
    ("logs", "CreateDelivery"): ("deliverySourceName", "nothing is delivered"),
    ("logs", "PutDestination"): ("targetArn", "nothing is sent to destinations"),
    ("ssm", "CreateMaintenanceWindow"): ("Schedule", "maintenance windows do not open"),
    ("ssm", "SendCommand"): ("DocumentName", "no command is run"),
}
"""What looks as if something would follow of it, and why nothing does; the trace tells it once."""

_MISSED = re.compile(r"(Role|User|Group) (\S+) not found")
"""How moto says that IAM has no such thing; AWS says it otherwise, and tools read what it says."""
_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_INSTALL = "With `pip install 'eventsim[moto]'` moto answers, if it knows the operation."
_UNKNOWN = "moto does not know it either."
_UNUSED = "Nobody has called the service yet, so that it keeps nothing."


def _has_moto() -> bool:
    return importlib.util.find_spec("moto") is not None


class MotoDoor:
    """What one simulation keeps at moto.

    What eventsim itself asks (no entry of the trace stands for it) leaves no mark: it draws no luck, and it does not
    begin a service that nobody has called.

    Args:
        ours: services that somebody here answers.
        is_live: whether others are served meanwhile, so that nobody may wait for moto to be imported.
        checks_policies: whether policies count, so that those that AWS refuses are refused; moto takes most.
        is_installed: tells whether there is a moto.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        account_id: str,
        ours: Container[str] = (),
        is_live: bool = False,
        checks_policies: bool = False,
        is_installed: Callable[[], bool] = _has_moto,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._inert = Inert(trace, {})
        self._luck: Any = chance.stream("moto").getstate()
        self._call_count = 0
        self._account_id = account_id
        self._ours = ours
        self._is_live = is_live
        self._checks_policies = checks_policies
        self._loaded: set[str] = set()
        self._is_installed = is_installed
        self._contents: dict[Any, dict[str, Any]] = {}

    def find(self, service: str, operation: str) -> Operation:
        """Return the operation as moto carries it out.

        Raises:
            NotSimulated: it does not go to moto, or moto is not installed.
        """
        reason = NEVER.get(service) or NEVER_OPERATIONS.get((service, operation))
        reason = _OURS if reason is None and service in self._ours else reason
        if reason is not None and not any(word in operation for word in APART.get(service, ())):
            raise NotSimulated(service, operation, remedy=reason)
        if not self._is_installed():
            raise NotSimulated(service, operation, remedy=_INSTALL)
        return self._carry_out_beside_others if self._is_live else self._carry_out

    def _carry_out_beside_others(self, request: Request) -> Result | Awaitable[Result]:
        is_loaded = request.service in self._loaded or not request.entry
        return self._carry_out(request) if is_loaded else self._load_and_carry_out(request)

    async def _load_and_carry_out(self, request: Request) -> Result:
        with contextlib.suppress(Exception):  # settings of the machine may be in its way: then it is done without them
            await asyncio.to_thread(_load, request.service)
        return self._carry_out(request)

    def _carry_out(self, request: Request) -> Result:
        if not request.entry and request.service not in self._loaded:
            raise NotSimulated(request.service, request.operation, remedy=_UNUSED)
        if self._checks_policies:
            check_policies(request.service, request.operation, request.parameters)
        parameter, reason = WITHOUT_EFFECT.get((request.service, request.operation), ("", ""))
        if request.parameters.get(parameter):
            self._inert.tell(request, parameter, reason)
        try:
            with _without_settings():
                status, result = self._ask(request)
        except NotImplementedError as error:
            member = EMPTY.get((request.service, request.operation))
            if member is not None:
                return {member: []}
            raise NotSimulated(request.service, request.operation, remedy=_UNKNOWN) from error
        except ModuleNotFoundError as error:
            message = (
                f"moto needs {error.name} for {request.service}.{request.operation}, and it is not installed: "
                "`pip install 'moto[all]'`, or answer the operation by a stub."
            )
            raise ApiError("NotImplemented", message, status=501) from error
        except Exception as error:  # moto's own mistakes must not look like ours
            if type(error).__name__ == "UnknownServiceError":  # botocore's, of what is no service but looks like one
                raise NotSimulated(request.service, request.operation, remedy=_UNKNOWN) from error
            message = f"moto failed at {request.service}.{request.operation}: {type(error).__name__}: {error}"
            raise ApiError("InternalFailure", message, status=501) from error  # 500 would be tried again, for minutes
        del result["ResponseMetadata"]
        if status < 300:
            return result
        refusal = result.pop("Error", {})
        message = _in_aws_words(request.service, refusal.get("Message", ""))
        fields = {name: message if name == "message" else value for name, value in result.items()}
        raise ApiError(refusal.get("Code", "Unknown"), message, status=status, fields=fields)

    def _ask(self, request: Request) -> tuple[int, dict[str, Any]]:
        if request.service not in self._loaded:  # packages may draw luck while they are imported, once in a process
            _load(request.service)
            self._loaded.add(request.service)
        is_call = request.entry != 0
        self._call_count += is_call
        luck = self._chance.stream("moto", self._call_count)  # what one call draws must not change the next one
        with dates_of(self._clock), self._own_state(draws=is_call), luck_of(luck):
            wire = _wire(request.service, request.region)
            assumed = DEFAULTS.get((request.service, request.operation), {})
            return wire.ask(request.operation, {**assumed, **request.parameters}, self._account_id)

    # --- moto's state ----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _own_state(self, *, draws: bool) -> Iterator[None]:
        """Let moto have this simulation's state and luck, and leave it as it was found.

        Args:
            draws: whether the luck that it draws is gone for the next call.
        """
        from moto.core.base_backend import BackendDict
        from moto.moto_api._internal import mock_random

        others = _exchange(BackendDict, self._contents)
        their_luck = mock_random.getstate()
        mock_random.setstate(self._luck)
        try:
            with _with_policies_of_aws(), _without_a_list_of_models():
                yield
        finally:
            if draws:
                self._luck = mock_random.getstate()
            mock_random.setstate(their_luck)
            self._contents = _exchange(BackendDict, others)


def _in_aws_words(service: str, message: str) -> str:
    missed = _MISSED.fullmatch(message) if service == "iam" else None
    return message if missed is None else f"The {missed[1].lower()} with name {missed[2]} cannot be found."


@contextlib.contextmanager
def _with_policies_of_aws() -> Iterator[None]:
    """Let IAM have the policies that AWS itself keeps, such as AdministratorAccess; moto leaves them out by default."""
    from moto.core.config import default_user_config

    before = default_user_config.get("iam", {})
    default_user_config["iam"] = {"load_aws_managed_policies": True}
    try:
        yield
    finally:
        default_user_config["iam"] = before


@contextlib.contextmanager
def _without_a_list_of_models() -> Iterator[None]:
    """Take what is made meanwhile off moto's lists of all models, kept for its dashboard: it would stay for good."""
    from moto.core import model_instances

    def lists() -> dict[Any, list[Any]]:
        of_services: Mapping[str, Mapping[str, Any]] = model_instances.model_data
        return {model: model.instances_tracked for models in of_services.values() for model in models.values()}

    counts = {model: len(tracked) for model, tracked in lists().items()}
    try:
        yield
    finally:
        for model, tracked in lists().items():
            del tracked[counts.get(model, 0) :]


@contextlib.contextmanager
def _without_settings() -> Iterator[None]:
    """Hide profiles, endpoints and files of the machine from botocore and moto: they are for AWS."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    for name in settings:
        del os.environ[name]
    os.environ |= dict.fromkeys(_FILES, os.devnull)
    try:
        yield
    finally:
        for name in _FILES:
            del os.environ[name]
        os.environ |= settings


def _load(service: str) -> None:
    """Import what answers for a service: for a large one, such as EC2, that takes seconds.

    A few of moto's packages are called otherwise than their service; they are small, and imported when they are asked.
    """
    package = f"moto.{service.replace('-', '')}"
    if importlib.util.find_spec(package) is not None:
        importlib.import_module(f"{package}.urls")


@functools.cache
def _session() -> Any:
    from botocore.session import Session

    return Session()


@functools.lru_cache(maxsize=64)  # botocore's models are the process's; reading one takes long
def _wire(service: str, region: str) -> "_Wire":
    return _Wire(service, region)


class _Wire:
    """Writes a service's requests and reads the answers, with botocore and without the events of its clients.

    Those belong to the user's side: parameters and results pass them there, once.
    """

    def __init__(self, service: str, region: str) -> None:
        from botocore.parsers import create_parser
        from botocore.serialize import create_serializer
        from moto.core.botocore_stubber import BotocoreStubber

        keys = {"aws_access_key_id": "eventsim", "aws_secret_access_key": "eventsim"}
        meta = _session().create_client(service, region_name=region, **keys).meta
        self._model = meta.service_model
        self._url = meta.endpoint_url
        self._serializer = create_serializer(self._model.resolved_protocol, include_validation=False)
        self._parser = create_parser(self._model.resolved_protocol)
        self._scope = f"{region}/{self._model.signing_name}/aws4_request"
        self._moto = BotocoreStubber()

    def ask(self, operation: str, parameters: Mapping[str, Any], account_id: str) -> tuple[int, dict[str, Any]]:
        """Return status and what botocore makes of moto's answer.

        Raises:
            NotImplementedError: moto does not know the operation.
        """
        from botocore.awsrequest import AWSResponse, create_request_object, prepare_request_dict
        from botocore.endpoint import convert_to_response_dict
        from moto.core.botocore_stubber import MockRawResponse

        model = self._model.operation_model(operation)
        asked = self._serializer.serialize_to_request(dict(parameters), model)
        prepare_request_dict(asked, endpoint_url=self._url, context={})
        asked["headers"] |= {
            "Authorization": f"AWS4-HMAC-SHA256 Credential=eventsim/20260101/{self._scope}, Signature=eventsim",
            "x-moto-account-id": account_id,
        }
        request = create_request_object(asked).prepare()
        answer = self._moto.process_request(request)
        if answer is None or answer[2] == "Not yet implemented":
            raise NotImplementedError(request.url)
        status, headers, body = answer
        response = convert_to_response_dict(AWSResponse(request.url, status, headers, MockRawResponse(body)), model)
        parsed = self._parser.parse(response, model.output_shape)
        if status >= 300:
            shape = self._model.shape_for_error_code(parsed.get("Error", {}).get("Code", ""))
            parsed |= self._parser.parse(response, shape) if shape is not None else {}
        return status, {name: value.read() if hasattr(value, "read") else value for name, value in parsed.items()}


def _exchange(all_backends: Any, contents: Mapping[Any, Mapping[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Put contents by service in place of those that are there, and return these."""
    before = {backends: dict(backends.items()) for backends in all_backends._instances}
    for backends in before:
        backends.clear()
    for backends, content in contents.items():
        backends.update(content)
    all_backends._instances[:] = contents
    return before
