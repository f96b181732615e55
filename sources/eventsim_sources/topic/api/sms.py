"""Operations on text messages: their settings, who opted out, and the sandbox."""

import re
from collections.abc import Callable, Mapping

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import listed, mapping, text
from eventsim_sources.topic import errors
from eventsim_sources.topic.api.directory import Directory
from eventsim_sources.topic.api.parameters import page
from eventsim_sources.topic.endpoints import is_phone_number
from eventsim_sources.topic.outbox import Sent
from eventsim_sources.topic.phones import DEFAULT_ATTRIBUTES
from eventsim_sources.without_effect import WithoutEffect

_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_PASSWORD_DIGITS = 6
_SANDBOX_NUMBERS_MAX = 10

_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "DefaultSMSType": lambda value: value in ("Promotional", "Transactional"),
    "DefaultSenderID": lambda value: _SENDER_ID.fullmatch(value) is not None,
    "DeliveryStatusIAMRole": lambda value: value.startswith("arn:"),
    "DeliveryStatusSuccessSamplingRate": lambda value: value.isdecimal() and int(value) <= 100,
    "MonthlySpendLimit": lambda value: value.isdecimal(),
    "UsageReportS3Bucket": lambda _: True,
}


def set_sms_attributes(directory: Directory, request: Request) -> Result:
    """Set what holds for all text messages, kept and told; "" goes back to the default, as infrastructure tools do."""
    given = mapping(request, "attributes")
    for name, value in given.items():
        if name not in _CHECKS:  # unconfirmed words
            raise errors.invalid(f"{name} is not a valid attribute")
        if value and not _CHECKS[name](value):
            raise errors.invalid(f"{name} is invalid")
    phones = directory.phones
    merged = {**phones.attributes, **given}
    phones.attributes = {**DEFAULT_ATTRIBUTES, **{name: value for name, value in merged.items() if value}}
    return {}


def get_sms_attributes(directory: Directory, request: Request) -> Result:
    """Return what holds for all text messages, or those settings that are asked for."""
    wanted = listed(request, "attributes")
    found = directory.phones.attributes
    return {"attributes": {name: value for name, value in found.items() if not wanted or name in wanted}}


def check_if_phone_number_is_opted_out(directory: Directory, request: Request) -> Result:
    """Tell whether a number wants no messages."""
    return {"isOptedOut": _number(request, "phoneNumber") in directory.phones.opted_out}


def list_phone_numbers_opted_out(directory: Directory, request: Request) -> Result:
    """List the numbers that want no messages."""
    numbers, more = page(list(directory.phones.opted_out), request, name="nextToken")
    return {"phoneNumbers": numbers, **more}


def opt_in_phone_number(directory: Directory, request: Request) -> Result:
    """Let a number have messages again."""
    directory.phones.opted_out.pop(_number(request, "phoneNumber"), None)
    return {}


def list_origination_numbers(_: Directory, __: Request) -> Result:
    """List the numbers that messages come from: there are none."""
    return {"PhoneNumbers": []}


# --- sandbox -------------------------------------------------------------------------------------------------


def get_sms_sandbox_account_status(_: Directory, __: Request) -> Result:
    """Tell that the account has left the sandbox: text messages go to every number."""
    return {"IsInSandbox": False}


def create_sms_sandbox_phone_number(directory: Directory, request: Request) -> Result:
    """Add a number, and send it a one-time password, which is in the outbox."""
    number = _number(request, "PhoneNumber")
    if request.parameters.get("LanguageCode"):
        directory.world.share(WithoutEffect).tell(request, "LanguageCode", "passwords come in English")
    phones = directory.phones
    if number not in phones.sandbox and len(phones.sandbox) >= _SANDBOX_NUMBERS_MAX:  # unconfirmed words
        raise ApiError("UserError", "The sandbox has no room for more phone numbers", shape="UserErrorException")
    password = f"{phones.luck.randrange(10**_PASSWORD_DIGITS):0{_PASSWORD_DIGITS}d}"
    phones.sandbox[number] = "Pending"
    phones.passwords[number] = password
    directory.outbox.keep(
        Sent(
            protocol="sms",
            endpoint=number,
            body=f"Your verification code is: {password}",
            message_id=directory.new_message_id(),
            timestamp=directory.world.clock.iso_ms(),
            token=password,
        )
    )
    return {}


def verify_sms_sandbox_phone_number(directory: Directory, request: Request) -> Result:
    """Verify a number by its one-time password."""
    number = _sandbox_number(directory, request)
    if text(request, "OneTimePassword") != directory.phones.passwords.get(number):  # unconfirmed words
        raise ApiError("VerificationException", "Verification code is invalid")
    directory.phones.sandbox[number] = "Verified"
    return {}


def delete_sms_sandbox_phone_number(directory: Directory, request: Request) -> Result:
    """Remove a number."""
    number = _sandbox_number(directory, request)
    del directory.phones.sandbox[number]
    directory.phones.passwords.pop(number, None)
    return {}


def list_sms_sandbox_phone_numbers(directory: Directory, request: Request) -> Result:
    """List the numbers and whether they are verified."""
    shown, more = page(list(directory.phones.sandbox.items()), request)
    return {"PhoneNumbers": [{"PhoneNumber": number, "Status": status} for number, status in shown], **more}


def _sandbox_number(directory: Directory, request: Request) -> str:
    number = _number(request, "PhoneNumber")
    if number not in directory.phones.sandbox:  # unconfirmed words
        raise ApiError("ResourceNotFound", "Phone number does not exist", status=404, shape="ResourceNotFoundException")
    return number


def _number(request: Request, parameter: str) -> str:
    number = text(request, parameter)
    if not is_phone_number(number):
        raise errors.invalid("PhoneNumber Reason: input incorrectly formatted")  # emulated, with this capital
    return number
