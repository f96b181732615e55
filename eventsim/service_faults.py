"""Is there trouble on purpose with a service of AWS? Calls that fail or take longer, whoever makes them.

Faults of functions strike attempts (`faults.py`); these strike calls: of handlers, of clients outside, of services that
call others by their API.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple

from msgspec import Meta, Struct

from eventsim.calls.service_names import check_operation, check_service, status_of_error
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.errors import ApiError, ConfigurationError
from eventsim.faults import ConditionalSpec, Conditions, conditions_of
from eventsim.quantity import Duration, duration_us

MESSAGE_DEFAULT: Final = "a fault of the scenario"
THROTTLED: Final = "Rate exceeded"


class _Refusal(NamedTuple):
    code: str
    status: int = 400


class _Refusals(NamedTuple):
    throttle: _Refusal = _Refusal("ThrottlingException")
    failure: _Refusal = _Refusal("InternalFailure", 500)


_REFUSALS: Final[Mapping[str, _Refusals]] = MappingProxyType(
    {
        "cloudwatch": _Refusals(_Refusal("Throttling"), _Refusal("InternalServiceError", 500)),
        "dynamodb": _Refusals(_Refusal("ProvisionedThroughputExceededException"), _Refusal("InternalServerError", 500)),
        "events": _Refusals(failure=_Refusal("InternalException", 500)),
        "kinesis": _Refusals(
            _Refusal("ProvisionedThroughputExceededException"), _Refusal("InternalFailureException", 500)
        ),
        "lambda": _Refusals(_Refusal("TooManyRequestsException", 429), _Refusal("ServiceException", 500)),
        "pipes": _Refusals(_Refusal("ThrottlingException", 429), _Refusal("InternalException", 500)),
        "s3": _Refusals(_Refusal("SlowDown", 503), _Refusal("InternalError", 500)),
        "scheduler": _Refusals(_Refusal("ThrottlingException", 429), _Refusal("InternalServerException", 500)),
        "secretsmanager": _Refusals(failure=_Refusal("InternalServiceError", 500)),
        "sns": _Refusals(_Refusal("Throttled", 429), _Refusal("InternalError", 500)),
        "sqs": _Refusals(_Refusal("RequestThrottled")),
        "ssm": _Refusals(failure=_Refusal("InternalServerError", 500)),
    }
)
"""How services refuse who asks too often, and how they say that they failed themselves (by their models, or common)."""


class ServiceFaultSpec(ConditionalSpec, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trouble with calls of AWS: an error, a throttle, latency (by itself, or before either), and when it strikes."""

    service: Annotated[
        str, Meta(description="boto3's name of the service; every service if not given.", examples=["dynamodb"])
    ] = ""
    operation: Annotated[
        str, Meta(description="The operation; every one of the service if not given.", examples=["PutItem"])
    ] = ""
    error: Annotated[
        bool | str,
        Meta(
            description="The call fails: `true`, as the service says that it failed itself (500), or an error code.",
            examples=["TransactionConflictException"],
        ),
    ] = False
    message: Annotated[str, Meta(description="The message that goes with the error.")] = ""
    status: Annotated[
        Annotated[int, Meta(ge=400, le=599)] | None,
        Meta(description="The HTTP status of the error; that of its code if not given."),
    ] = None
    throttle: Annotated[bool, Meta(description="The call is refused as the service refuses who calls too often.")] = (
        False
    )
    latency: Annotated[Duration, Meta(description="The call takes this much longer.", examples=["800 ms"])] = 0


class ServiceFault(Struct, frozen=True, kw_only=True):
    """What a call suffers.

    Attributes:
        code: of the error; "" for none, and for every service's own (`is_throttle`, `is_failure`).
        status: of the error; 0 for what goes with the code.
    """

    code: str = ""
    message: str = ""
    status: int = 0
    is_throttle: bool = False
    is_failure: bool = False
    latency_us: int = 0

    def error(self, service: str) -> ApiError | None:
        """Return the error in the words of a service, None if the call only takes longer."""
        refusals = _REFUSALS.get(service, _Refusals())
        if self.is_throttle:
            code, status, message = *refusals.throttle, THROTTLED
        elif self.is_failure:
            code, status, message = *refusals.failure, MESSAGE_DEFAULT
        elif self.code:
            code, status, message = self.code, status_of_error(service, self.code), MESSAGE_DEFAULT
        else:
            return None
        return ApiError(code, self.message or message, status=self.status or status)


class _Rule(Struct, frozen=True):
    service: str
    operation: str
    fault: ServiceFault
    when: Conditions


class ServiceFaults:
    """All faults of services; of several, the first that strikes decides.

    Args:
        chance: each has a stream of its own.
    """

    def __init__(self, specs: Sequence[ServiceFaultSpec], chance: Chance, clock: Clock) -> None:
        self._clock = clock
        rules = [_rule_of(spec, f"service_faults[{index}]") for index, spec in enumerate(specs)]
        self._rules = [(rule, chance.stream("service fault", str(n)).random) for n, rule in enumerate(rules, 1)]

    def decide(self, service: str, operation: str, parameters: Mapping[str, Any]) -> ServiceFault | None:
        """Return what a call suffers, None for nothing."""
        now_us = self._clock.now_us
        for rule, luck in self._rules:
            is_meant = rule.service in ("", service) and rule.operation in ("", operation)
            if is_meant and rule.when.strikes(parameters, now_us=now_us, luck=luck):
                return rule.fault
        return None


def _rule_of(spec: ServiceFaultSpec, key: str) -> _Rule:
    latency_us = duration_us(spec.latency, key=f"{key}.latency")
    if spec.throttle and spec.error:
        raise ConfigurationError("a throttled call has the error of its service; leave `error` out", key=key)
    if not (spec.throttle or spec.error or latency_us):
        raise ConfigurationError("the fault does nothing; give it `error`, `throttle` or `latency`", key=key)
    if spec.operation and not spec.service:
        raise ConfigurationError("whose operation is it? Give the `service`, too", key=f"{key}.operation")
    try:
        if spec.operation:
            check_operation(spec.service, spec.operation)
        elif spec.service:
            check_service(spec.service)
    except ConfigurationError as error:
        raise ConfigurationError(str(error), key=f"{key}.{error.key}") from error
    fault = ServiceFault(
        code=spec.error if isinstance(spec.error, str) else "",
        message=spec.message,
        status=spec.status or 0,
        is_throttle=spec.throttle,
        is_failure=spec.error is True,
        latency_us=latency_us,
    )
    return _Rule(spec.service, spec.operation, fault, conditions_of(spec, key))
