"""How does a message reach an endpoint? One delivery for each subscription: attempts, retries, a dead letter.

- The first attempt is made at once, in the step of the publication.
- An endpoint that refuses for good is not asked again; one that is in trouble is, after the delays of its policy.
- What is given up goes to the subscription's dead-letter queue, as the endpoint would have got it.
- On a FIFO topic a message waits, for each subscription, until those of its group before it are through.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from eventsim import ApiError, Caller, Delivery, DeliveryPolicy, Envelope, GivenUp, Passage, Target, Underway, World
from eventsim_sources.delegation import check_delivery
from eventsim_sources.loopback import is_loopback
from eventsim_sources.topic import delivery_policy, queue_policy
from eventsim_sources.topic.delivery_policy import HttpPolicy
from eventsim_sources.topic.http_post import answered, check_status, post, request_to
from eventsim_sources.topic.journal import Journal
from eventsim_sources.topic.limits import HTTP_REQUESTS_MAX, QUEUE_ATTRIBUTES_MAX, SECOND_US
from eventsim_sources.topic.message import Message
from eventsim_sources.topic.names import place_of
from eventsim_sources.topic.notification import Post, Writer, http_headers
from eventsim_sources.topic.outbox import Outbox, Sent
from eventsim_sources.topic.settings import TopicSettings
from eventsim_sources.topic.subscription import HTTP, Subscription, Waiting
from eventsim_sources.topic.undelivered import KIND, Undelivered, message_of, undelivered_of

_PRINCIPAL = "sns.amazonaws.com"
_MANAGED = frozenset({"sqs", "lambda", "firehose"})


class Courier:
    """Carries the messages of one topic.

    Args:
        settings: tells how the topic is set now.
    """

    def __init__(
        self, world: World, arn: str, *, writer: Writer, journal: Journal, settings: Callable[[], TopicSettings]
    ) -> None:
        self._world = world
        self._arn = arn
        self._writer = writer
        self._journal = journal
        self._settings = settings
        self._outbox = world.share(Outbox)
        self._sockets = asyncio.Semaphore(HTTP_REQUESTS_MAX)
        self._chance = world.chance.stream("topic", arn, "deliveries")
        self._transit = world.transit(KIND)

    def deliver(self, subscription: Subscription, message: Message) -> None:
        """Begin to deliver a message; on a FIFO topic, after those of its group."""
        passage = None
        if self._transit is not None:
            clock = self._world.clock
            content = partial(undelivered_of, subscription, message, clock.start_epoch_us)
            passage = Passage(clock, self._transit, content)
        if not message.sequence_number or _is_next(subscription, message, passage):
            self._begin(subscription, (message, passage))

    def resume(self, subscription: Subscription | None, number: int, underway: Underway[Undelivered]) -> None:
        """Go on with a delivery that an earlier server left, in a step of its own.

        Args:
            subscription: None if it is gone.
            number: under which the delivery was kept.
        """
        left, clock, transit = underway.content, self._world.clock, self._transit
        assert transit is not None, "it has come from there"
        subject, entry = self._journal.restored()
        if subscription is None:
            label = f"{left.protocol} {left.endpoint}"
            self._journal.given_up(subject, label, entry, "the subscription is gone", underway.retries)
            transit.drop(number)
            return
        message = message_of(left, clock.start_epoch_us, subject=subject, entry=entry)
        passage = Passage.again(clock, transit, number, underway)
        if not message.sequence_number or _is_next(subscription, message, passage):
            clock.soon(partial(self._begin, subscription), (message, passage))

    def confirm(self, subscription: Subscription, confirmation: Post, cause: int) -> None:
        """Ask an endpoint whether it wants to be subscribed, or tell it that it was; never a dead letter."""
        if self._world.clock.is_bygone:
            return
        place = self._journal.place

        def given_up(end: GivenUp) -> None:
            self._journal.given_up(place, subscription.label, cause, end.error.message, end.retries)

        self._delivery(
            subscription,
            place,
            cause,
            attempt=lambda _: self._send_out(subscription, confirmation, place, cause, None),
            given_up=given_up,
        ).begin()

    def _begin(self, subscription: Subscription, waiting: Waiting) -> None:
        policy = self._http_policy(subscription)
        rate = policy.receives_per_s_max if policy is not None else None
        begin = partial(self._start_message, subscription)
        if rate is None:
            begin(waiting)
            return
        now_us = self._world.clock.now_us
        at_us = max(now_us, subscription.open_us)
        subscription.open_us = at_us + SECOND_US // rate
        self._world.clock.at(at_us, begin, waiting)

    def _start_message(self, subscription: Subscription, waiting: Waiting) -> None:
        message, passage = waiting
        delivery = self._delivery(
            subscription,
            message.subject,
            message.entry,
            attempt=partial(self._attempt, subscription, message),
            given_up=partial(self._give_up, subscription, message),
            passage=passage,
        )
        if (
            passage is not None and passage.due_us > self._world.clock.now_us
        ):  # an earlier server has tried, and waited for its next attempt
            delivery.resume()
        else:
            delivery.begin()

    def _delivery(
        self,
        subscription: Subscription,
        subject: int,
        cause: int,
        *,
        attempt: Callable[[int], Awaitable[object] | object],
        given_up: Callable[[GivenUp], None],
        passage: Passage | None = None,
    ) -> Delivery:
        return Delivery(
            clock=self._world.clock,
            chance=self._chance,
            policy=self._policy(subscription),
            attempt=attempt,
            retrying=lambda error, delay_us: self._journal.retrying(
                subject, subscription.label, cause, error.message, delay_us
            ),
            given_up=given_up,
            passage=passage,
        )

    def _policy(self, subscription: Subscription) -> DeliveryPolicy:
        http = self._http_policy(subscription)
        if http is not None:
            return http.retries()
        return delivery_policy.MANAGED if subscription.protocol in _MANAGED else delivery_policy.CUSTOMER

    def _http_policy(self, subscription: Subscription) -> HttpPolicy | None:
        if subscription.protocol not in HTTP:
            return None
        return delivery_policy.effective(self._settings().delivery_policy, subscription.delivery_policy)

    # --- attempts --------------------------------------------------------------------------------------

    def _attempt(self, subscription: Subscription, message: Message, number: int) -> Awaitable[object] | None:
        """Make one attempt; what is unsubscribed meanwhile gets nothing."""
        if subscription.is_gone:
            raise ApiError("Unsubscribed", "the subscription is gone")
        match subscription.protocol:
            case "sqs":
                self._to_queue(subscription, message, number)
            case "lambda":
                self._to_function(subscription, message, number)
            case "firehose" if self._world.target(subscription.endpoint) is not None:
                target = self._target_of(subscription, "delivery stream")
                role_arn = subscription.attributes.get("SubscriptionRoleArn", "")
                caller = Caller(arn=subscription.arn, cause=message.entry, role_arn=role_arn)
                check_delivery(self._world, subscription.endpoint, caller)
                self._hand_over(target, subscription, message, self._post(subscription, message), number)
            case _:
                sending = self._send_out(
                    subscription, self._post(subscription, message), message.subject, message.entry, message
                )
                if sending is not None:
                    return self._once_sent(sending, subscription, message, number)
                self._tell(subscription, message, number)
        self._next(subscription, message)
        return None

    async def _once_sent(
        self, sending: Awaitable[object], subscription: Subscription, message: Message, number: int
    ) -> None:
        await sending
        self._tell(subscription, message, number)
        self._next(subscription, message)

    def _tell(self, subscription: Subscription, message: Message, number: int) -> int:
        return self._journal.delivered(message.subject, subscription.label, message.entry, number)

    def _to_queue(self, subscription: Subscription, message: Message, number: int) -> None:
        target = self._target_of(subscription, "queue")
        self._check_policy(target, message.entry)
        sent = self._post(subscription, message)
        if len(sent.attributes or ()) > QUEUE_ATTRIBUTES_MAX:
            raise ApiError("InvalidParameter", f"a queue takes {QUEUE_ATTRIBUTES_MAX} message attributes")
        self._hand_over(target, subscription, message, sent, number)

    def _check_policy(self, target: Target, cause: int) -> None:
        """See that a queue's policy lets the topic in; one that has none may let its own account's topics in."""
        policy = getattr(getattr(target, "settings", None), "policy", "")
        if place_of(target.arn)[1] == self._world.account_id:
            world = self._world_of(target.arn)  # which tells of it, where permissions count
            is_let_in = world is not None and world.permits(target.arn, _PRINCIPAL, self._arn, cause=cause)
            if not policy and is_let_in:
                return
            if not policy:
                raise ApiError("AccessDenied", "no policy of the queue allows the topic sqs:SendMessage", status=403)
        if not (policy and queue_policy.allows(policy, queue_arn=target.arn, source_arn=self._arn, service=_PRINCIPAL)):
            raise ApiError("AccessDenied", "the queue's policy does not allow it", status=403)

    def _to_function(self, subscription: Subscription, message: Message, number: int) -> None:
        target = self._target_of(subscription, "function")
        world = self._world_of(subscription.endpoint)
        if world is None or not world.permits(subscription.endpoint, _PRINCIPAL, self._arn, cause=message.entry):
            raise ApiError("AccessDenied", "the function's policy does not allow it", status=403)
        body = self._writer.lambda_event(message, subscription.arn)
        self._hand_over(target, subscription, message, Post(body=body, message_id=message.message_id), number)

    def _target_of(self, subscription: Subscription, what: str) -> Target:
        world = self._world_of(subscription.endpoint)
        target = None if world is None else world.target(subscription.endpoint)
        if target is None:
            raise ApiError("NotFound", f"there is no such {what}", status=404)
        return target

    def _world_of(self, arn: str) -> World | None:
        """Return the world in which an endpoint may be: this one, or that of another account or region."""
        region, account_id = place_of(arn)
        is_here = (region, account_id) == (self._world.region, self._world.account_id)
        return self._world if is_here else self._world.neighbour(account_id, region)

    def _hand_over(self, target: Target, subscription: Subscription, message: Message, sent: Post, number: int) -> None:
        """Give a message to a target, here or elsewhere; it is told as delivered once it is taken."""
        envelope = self._envelope(message, sent, message.entry, is_ordered=subscription.is_ordered)
        there = self._world_of(target.arn)
        is_same_run = there is not None and self._world.trace.shares(there.trace)
        target.accept(envelope if is_same_run else _for_another_trace(envelope))
        self._tell(subscription, message, number)

    def _envelope(self, message: Message, sent: Post, cause: int, *, is_ordered: bool) -> Envelope:
        """Return what a target gets; group and deduplication id go along as recorded."""
        has_group = is_ordered or not message.sequence_number
        return Envelope(
            body=sent.body,
            source_arn=self._arn,
            attributes=sent.attributes,
            lineage=message.lineage,
            cause=cause,
            group=message.draft.group if has_group else "",
            deduplication_id=message.deduplication_id if is_ordered else "",
        )

    def _post(self, subscription: Subscription, message: Message) -> Post:
        """Return the text that an endpoint gets by its protocol."""
        protocol = subscription.protocol
        if protocol in ("email", "sms", "application"):
            attributes = message.draft.attributes or None
            key = platform_of(subscription.endpoint) if protocol == "application" else protocol
            return Post(body=message.draft.text_for(key), message_id=message.message_id, attributes=attributes)
        return self._writer.post(
            message,
            subscription.arn,
            "sqs" if protocol == "lambda" else protocol,
            version=self._settings().signature_version,
            is_raw=subscription.is_raw,
        )

    # --- out of the world ------------------------------------------------------------------------------

    def _send_out(
        self, subscription: Subscription, sent: Post, subject: int, cause: int, message: Message | None
    ) -> Awaitable[object] | None:
        """Send something out of the world: it is kept in the outbox, and a live server asks endpoints here for real."""
        is_http = subscription.protocol in HTTP
        headers: tuple[tuple[str, str], ...] = ()
        if is_http:
            policy = self._http_policy(subscription) or HttpPolicy()
            headers = http_headers(
                sent, topic_arn=self._arn, subscription_arn=subscription.arn, content_type=policy.content_type
            )
        kept = Sent(
            protocol=subscription.protocol,
            endpoint=subscription.endpoint,
            body=sent.body,
            message_id=sent.message_id,
            timestamp=self._world.clock.iso_ms(),
            subject=message.draft.subject if message is not None else None,
            type=sent.type,
            topic_arn=self._arn,
            token="" if sent.type == "Notification" else subscription.token,
            headers=headers,
            attributes=sent.attributes or {},
        )
        self._journal.captured(subject, subscription.label, cause, kept)
        status = self._outbox.keep(kept)
        return self._request(subscription.endpoint, headers, sent.body.encode(), status) if is_http else None

    def _request(
        self, url: str, headers: tuple[tuple[str, str], ...], body: bytes, status: int
    ) -> Awaitable[object] | None:
        """Send an HTTP request: to an API of this world, over loopback if the server is live, else to nobody."""
        request = request_to(url, headers, body)
        door = self._world.front_door(request)
        if door is not None:
            return answered(door.handle(request))
        if self._world.is_live:
            if not is_loopback(urlsplit(url).hostname or ""):
                raise ApiError("NotLoopback", "only endpoints on this machine are reached; it is kept in the outbox")
            return self._post_in_turn(url, headers, body)
        check_status(status)
        return None

    async def _post_in_turn(self, url: str, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
        async with self._sockets:
            await post(url, headers, body)

    # --- the end of a delivery -------------------------------------------------------------------------

    def _give_up(self, subscription: Subscription, message: Message, end: GivenUp) -> None:
        reason = end.error.message
        entry = self._journal.given_up(message.subject, subscription.label, message.entry, reason, end.retries)
        if subscription.dead_letter_arn and not subscription.is_gone:
            self._bury(subscription, message, entry)
        self._next(subscription, message)

    def _bury(self, subscription: Subscription, message: Message, cause: int) -> None:
        """Send a message to the dead-letter queue, as the endpoint would have got it (recorded)."""
        arn = subscription.dead_letter_arn
        name = arn.rpartition(":")[2]
        entry = self._journal.dead_lettered(message.subject, name, cause)
        target = self._world.target(arn)
        try:
            if target is None:
                raise ApiError("NotFound", "there is no such queue", status=404)
            self._check_policy(target, entry)
            sent = self._post(subscription, message)
            target.accept(self._envelope(message, sent, entry, is_ordered=name.endswith(".fifo")))
        except ApiError as error:
            self._journal.dead_letter_lost(message.subject, name, entry, error.message)

    def _next(self, subscription: Subscription, message: Message) -> None:
        """Let the next message of the group go, in a step of its own."""
        if not message.sequence_number:
            return
        group = message.draft.group
        line = subscription.waiting[group]
        line.popleft()
        if line:
            self._world.clock.soon(partial(self._begin, subscription), line[0])
        else:
            del subscription.waiting[group]


def _is_next(subscription: Subscription, message: Message, passage: Passage | None) -> bool:
    """Line a message of a FIFO topic up behind those of its group, and tell whether it is the first."""
    line = subscription.waiting.setdefault(message.draft.group, deque())
    line.append((message, passage))
    return len(line) == 1


def _for_another_trace(envelope: Envelope) -> Envelope:
    """Return the same for another world, whose trace knows no entry of this one's."""
    lineage = envelope.lineage
    if lineage is not None:
        lineage = lineage.elsewhere().under(lineage.trace_header)
    return replace(envelope, cause=0, lineage=lineage)


def platform_of(endpoint_arn: str) -> str:
    """Return the platform of an endpoint: `GCM` of `arn:…:endpoint/GCM/shop/…`."""
    return endpoint_arn.split("/")[1] if "/" in endpoint_arn else ""
