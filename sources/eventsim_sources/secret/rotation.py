"""How is a secret rotated? Its function is called for one step after another, each with the id of the new version.

    createSecret    puts a value into the version, which has `AWSPENDING`
    setSecret       tells it to whom it opens the door
    testSecret      tries it
    finishSecret    moves `AWSCURRENT` to it

A step that fails ends the rotation, and the version stays pending (AWS tries again for a while).
"""

import json
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Attempt, Failure, Success, World
from eventsim_sources.schedule.expression import RULE, Cron, ExpressionError, parse_expression
from eventsim_sources.secret.store import CURRENT, RATE, Rotation, Secret, Version

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PENDING = "AWSPENDING"
_TRIAL = ("testSecret",)
"""What a rotation does that is only set up (documented)."""


def rotation_of(world: World, secret: Secret, given: Mapping[str, Any]) -> Rotation:
    """Return the rotation that a request asks for; what it does not say stays as it was.

    Raises:
        ApiError: there is nobody to rotate the secret, or no such rhythm.
    """
    before = secret.rotation
    arn = str(given.get("RotationLambdaARN") or (before.function_arn if before else ""))
    if not arn:
        message = "No Lambda rotation function ARN is associated with this secret."
        raise ApiError("InvalidRequestException", message)
    rules = given.get("RotationRules") or (before.rules if before else {})
    expression = rules.get("ScheduleExpression")
    if expression and rules.get("AutomaticallyAfterDays"):
        message = "You can't specify both AutomaticallyAfterDays and ScheduleExpression."  # unconfirmed wording
        raise ApiError("InvalidParameterException", message)
    cron = _cron(str(expression)) if expression and not RATE.fullmatch(expression) else None
    if world.target(arn) is None or not world.permits(arn, "secretsmanager.amazonaws.com", secret.arn):
        raise ApiError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            "access to the principal secretsmanager.amazonaws.com.",
        )
    return Rotation(arn, rules, cron)


def _cron(text: str) -> Cron:
    """Read a schedule expression that is no rate in hours or days.

    Raises:
        ApiError: it is no calendar, either.
    """
    try:
        expression = parse_expression(text, dialect=RULE)
    except ExpressionError as error:
        raise ApiError("InvalidParameterException", f"Invalid ScheduleExpression: {error}") from error  # unconfirmed
    if not isinstance(expression, Cron):
        raise ApiError("InvalidParameterException", f"Invalid ScheduleExpression: {text}")  # unconfirmed wording
    return expression


class Rotations:
    """The rotations of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._new_id = world.chance.uuids("secret rotation")
        kind = world.trace.kind
        self._begun = kind("secret rotation began", "{subject} is rotated by {function}")
        self._done = kind("secret rotated", "{subject} is rotated")
        self._failed = kind("secret rotation failed", "{subject}: {step} failed: {reason}")

    def begin(self, secret: Secret, rotation: Rotation, identifier: str, *, is_trial: bool, cause: int) -> str:
        """Rotate a secret, or only test its value; return the id of the version that it gets.

        Raises:
            ApiError: an earlier rotation has not ended.
        """
        pending = secret.staged(PENDING)
        if pending is not None and CURRENT not in pending.stages:
            message = "A previous rotation isn't complete. That rotation will be reattempted."
            raise ApiError("InvalidRequestException", message)
        secret.rotation = rotation
        self._wait(secret, rotation)
        identifier = identifier or self._new_id()
        if not is_trial and identifier not in secret.versions:
            secret.put(Version(identifier, None, None, self._world.clock.now_us), [PENDING])
        subject = self._world.trace.subject("secret", secret.name)
        detail = {"function": rotation.function_arn.rpartition(":")[2]}
        entry = self._world.trace.record(self._begun, subject, subject, cause, detail=detail)
        self._step(secret, rotation, identifier, list(_TRIAL if is_trial else STEPS), entry)
        return identifier

    def _wait(self, secret: Secret, rotation: Rotation) -> None:
        """Rotate it again after its interval; that keeps no run from being idle."""
        clock = self._world.clock
        secret.rotates_us = rotation.next_us(clock)
        if secret.rotates_us is not None:
            clock.by_calendar(secret.rotates_us, lambda _: self._rotate_again(secret, rotation), None)

    def _rotate_again(self, secret: Secret, rotation: Rotation) -> None:
        is_due = secret.rotates_us is not None and secret.rotates_us <= self._world.clock.now_us
        if secret.rotation is not rotation or secret.deletes_us is not None or not is_due:
            return
        try:
            self.begin(secret, rotation, "", is_trial=False, cause=0)
        except ApiError as error:
            self._wait(secret, rotation)
            self._fail(secret, STEPS[0], error.message, 0)

    def _step(self, secret: Secret, rotation: Rotation, identifier: str, steps: list[str], cause: int) -> None:
        step = steps[0]

        def ended(attempt: Attempt) -> None:
            if secret.rotation is not rotation:
                self._fail(secret, step, "the rotation was cancelled", attempt.entry)
            elif not isinstance(attempt.outcome, Success):
                outcome = attempt.outcome
                reason = f"{outcome.error_type}: {outcome.message}" if isinstance(outcome, Failure) else str(outcome)
                self._fail(secret, step, reason, attempt.entry)
            elif steps[1:]:
                self._step(secret, rotation, identifier, steps[1:], attempt.entry)
            else:
                self._end(secret, step, attempt.entry)

        event = {"Step": step, "SecretId": secret.arn, "ClientRequestToken": identifier}
        try:
            self._world.begin_invocation(rotation.function_arn, json.dumps(event), ended, cause=cause)
        except ApiError as error:
            self._fail(secret, step, error.message, cause)

    def _end(self, secret: Secret, step: str, cause: int) -> None:
        subject = self._world.trace.subject("secret", secret.name)
        self._world.trace.record(self._done, subject, subject, cause)
        if step == STEPS[-1]:
            secret.rotated_us = self._world.clock.now_us

    def _fail(self, secret: Secret, step: str, reason: str, cause: int) -> None:
        subject = self._world.trace.subject("secret", secret.name)
        self._world.trace.record(self._failed, subject, subject, cause, detail={"step": step, "reason": reason})
