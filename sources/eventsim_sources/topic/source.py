"""Where is something told to many? A topic: a target whose messages go to whoever is subscribed."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from eventsim import Envelope, Lineage, Underway, World
from eventsim_sources.arns import arn_of
from eventsim_sources.meter import Meter
from eventsim_sources.topic import errors
from eventsim_sources.topic.archive import Archive
from eventsim_sources.topic.consent import Consent
from eventsim_sources.topic.courier import Courier
from eventsim_sources.topic.deduplication import Deduplication
from eventsim_sources.topic.endpoints import check_endpoint
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.journal import Journal
from eventsim_sources.topic.limits import (
    FIFO_BYTES_PER_S,
    FIFO_MESSAGES_PER_S,
    FIFO_SUBSCRIPTIONS_MAX,
    FILTER_POLICIES_MAX,
    LARGE_MESSAGE_SUBSCRIPTIONS_MAX,
    MESSAGE_BYTES_MAX,
    SEQUENCE_START,
    SEQUENCE_STEP,
    TOKEN_DIGITS,
    TOKEN_PREFIX,
    TOKEN_US,
)
from eventsim_sources.topic.message import Draft, Message, content_hash, drafted
from eventsim_sources.topic.notification import Writer
from eventsim_sources.topic.outbox import Outbox, Sent
from eventsim_sources.topic.settings import KEPT, TopicSettings
from eventsim_sources.topic.signature import Signer
from eventsim_sources.topic.subscription import BY_TOKEN, ReplayPolicy, Subscription
from eventsim_sources.topic.undelivered import Undelivered

_S3 = "arn:aws:s3:::"
_S3_SUBJECT = "Amazon S3 Notification"
_LARGE = frozenset({"sqs", "lambda", "firehose"})
"""Protocols that take messages beyond `MESSAGE_BYTES_MAX`."""
_FOR_LARGE_MESSAGES = (  # unconfirmed words
    "MaximumMessageSize: only topics with at most 100 subscriptions of sqs, lambda and firehose may exceed 262144"
)


class Published(Struct, frozen=True, gc=False):
    """What the author of a message is told."""

    message_id: str
    sequence_number: str


class Topic:
    """A topic: who is subscribed, and what becomes of what is published.

    Attributes:
        subscriptions: by ARN, in order of creation; unconfirmed ones are among them.
        deleted_count: subscriptions that there were.
        data_protection_policy: kept and told, "" for none.
    """

    kind: ClassVar[str] = "topics"

    def __init__(
        self, world: World, name: str, settings: TopicSettings, *, tags: Mapping[str, str] | None = None
    ) -> None:
        clock, chance = world.clock, world.chance
        self.name = name
        self.arn = arn_of(world, "topic", name)
        self.settings = settings
        self.tags = dict(tags or {})
        self.subscriptions: dict[str, Subscription] = {}
        self.deleted_count = 0
        self.data_protection_policy = ""
        self.is_deleted = False
        self._world = world
        self._clock = clock
        # A topic that is deleted and made anew is another one: it draws its own ids.
        birth = name, clock.epoch_us() if world.is_live else clock.now_us
        self._message_id = chance.uuids("topic", *birth, "messages")
        self._subscription_id = chance.uuids("topic", *birth, "subscriptions")
        self._sequence = SEQUENCE_START
        self._seen = Deduplication()
        self._message_rate, self._byte_rate = Meter(FIFO_MESSAGES_PER_S), Meter(FIFO_BYTES_PER_S)
        self._archive = Archive(clock)
        self._archive.retain(settings.archive_us)
        self.journal = Journal(world, world.trace.subject("topic", name))
        self._writer = Writer(self.arn, world.share(Signer), _url_maker(world))
        self._courier = Courier(
            world, self.arn, writer=self._writer, journal=self.journal, settings=lambda: self.settings
        )
        self._consent = Consent(
            self.arn,
            clock,
            writer=self._writer,
            courier=self._courier,
            new_message_id=self._message_id,
            new_token_tail=chance.hex_ids(TOKEN_DIGITS - len(TOKEN_PREFIX), "topic", *birth, "tokens"),
            settings=lambda: self.settings,
        )

    # What the core asks of a source

    def summary(self) -> Mapping[str, int]:
        """Return how many messages were published, delivered, filtered out, given up, …"""
        return self.journal.summary()

    def accept(self, envelope: Envelope) -> None:
        """Publish an event: what buckets, destinations and rules send here.

        Raises:
            ApiError: it is refused, or the topic was deleted.
        """
        given = {
            "Message": envelope.body,
            "MessageAttributes": envelope.attributes,
            "Subject": _S3_SUBJECT if envelope.source_arn.startswith(_S3) else None,
            "MessageGroupId": envelope.group or None,
            "MessageDeduplicationId": envelope.deduplication_id or None,
        }
        self.publish(drafted(given), cause=envelope.cause, lineage=envelope.lineage)

    @property
    def outbox(self) -> list[Sent]:
        """What this topic sent out of the world: mail, text messages, HTTP requests, push notifications."""
        return [sent for sent in self._world.share(Outbox).entries if sent.topic_arn == self.arn]

    # Publishing

    def check(self, draft: Draft) -> None:
        """See that a message suits the topic.

        Raises:
            ApiError: it does not, or the topic was deleted.
        """
        if self.is_deleted:
            raise errors.topic_missing()
        if not self.settings.is_fifo:
            if draft.deduplication_id:
                raise errors.invalid(
                    "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                    "valid for this topic type"
                )
        elif not draft.group:
            raise errors.invalid("The MessageGroupId parameter is required for FIFO topics")
        elif not draft.deduplication_id and not self.settings.has_content_deduplication:
            raise errors.invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly"
            )

    def check_size(self, draft: Draft) -> None:
        """See that a message is not too large for the topic.

        Raises:
            ApiError: it is.
        """
        if draft.size_bytes > self.settings.message_bytes_max:
            raise errors.invalid("Message too long")

    def check_rate(self, action: str, drafts: Sequence[Draft], cause: int) -> None:
        """Count what a request publishes to a FIFO topic, if the world wants requests to be counted.

        Deduplication by group lifts the topic's quota.

        Args:
            action: the operation.

        Raises:
            ApiError: it is too much for this second.
        """
        settings = self.settings
        if not self._world.throttles or not settings.is_fifo or settings.is_deduplicated_by_group:
            return
        now_us, size_bytes = self._clock.now_us, sum(draft.size_bytes for draft in drafts)
        if self._byte_rate.has_room(size_bytes, now_us) and self._message_rate.try_take(len(drafts), now_us):
            self._byte_rate.take(size_bytes, now_us)
            return
        self.journal.throttled(action, cause)
        raise errors.throttled()

    def publish(self, draft: Draft, *, cause: int = 0, lineage: Lineage | None = None) -> Published:
        """Publish a message to every subscription whose filter it matches.

        Raises:
            ApiError: it is refused, or the topic was deleted.
        """
        self.check(draft)
        self.check_size(draft)
        now_us = self._clock.now_us
        sequence_number, deduplication_id = "", ""
        if self.settings.is_fifo:
            deduplication_id = draft.deduplication_id or content_hash(draft.body)
            scope = draft.group if self.settings.is_deduplicated_by_group else "", deduplication_id
            original = self._seen.find(scope, now_us)
            if original is not None:
                self.journal.repeated(original[0], cause)
                return Published(*original)
            self._sequence += SEQUENCE_STEP
            sequence_number = str(self._sequence)
        message_id = self._message_id()
        if sequence_number:
            self._seen.note(scope, now_us, message_id, sequence_number)
        if self.settings.is_traced and lineage is not None:
            lineage = self._traced(lineage)
        subject, entry = self.journal.published(draft, cause)
        message = Message(
            message_id=message_id,
            draft=draft,
            at=self._clock.iso_ms(),
            at_us=now_us,
            sequence_number=sequence_number,
            deduplication_id=deduplication_id,
            subject=subject,
            entry=entry,
            lineage=lineage,
        )
        self._archive.keep(message)
        for subscription in list(self.subscriptions.values()):
            if not subscription.is_pending and not subscription.is_closed:
                self._offer(subscription, message)
        return Published(message_id, sequence_number)

    def _traced(self, lineage: Lineage) -> Lineage:
        """Tell X-Ray of a message in a sampled trace; a topic decides about none (documented)."""
        segments = self._world.segments
        opened = segments.open(lineage.trace_header, lambda: False)
        if opened.segment is None:
            return lineage
        now = {"start_time": self._clock.epoch_ms() / 1000, "end_time": self._clock.epoch_ms() / 1000}
        about = {"name": self.name, "origin": "AWS::SNS::Topic", "resource_arn": self.arn, **now}
        segments.put({**opened.segment, **about, "aws": {"operation": "Publish", "topic_arn": self.arn}})
        return lineage.under(opened.header)

    def _offer(self, subscription: Subscription, message: Message) -> None:
        if subscription.filter is not None:
            reason = subscription.filter.why_not(message.draft, subscription.protocol)
            if reason:
                self.journal.filtered_out(message.subject, subscription.label, message.entry, reason)
                return
        self._courier.deliver(subscription, message)

    def resume(self, number: int, underway: Underway[Undelivered]) -> None:
        """Go on with a delivery that an earlier server left."""
        left = underway.content
        self._courier.resume(self.find(left.protocol, left.endpoint), number, underway)

    # Subscriptions

    def find(self, protocol: str, endpoint: str) -> Subscription | None:
        """Return the subscription of an endpoint, None if there is none."""
        self._forget_unconfirmed()
        for each in self.subscriptions.values():
            if each.protocol == protocol and each.endpoint == endpoint:
                return each
        return None

    def subscribe(
        self,
        protocol: str,
        endpoint: str,
        attributes: Mapping[str, str],
        *,
        cause: int = 0,
        is_confirmed: bool = False,
    ) -> Subscription:
        """Subscribe an endpoint that is not subscribed yet.

        Args:
            is_confirmed: whether it need not confirm, as a scenario has it.

        Raises:
            ApiError: the endpoint cannot be subscribed.
            Fault: an attribute is refused.
        """
        check_endpoint(protocol, endpoint, is_fifo_topic=self.settings.is_fifo)
        if self.settings.is_fifo and len(self.subscriptions) >= FIFO_SUBSCRIPTIONS_MAX:
            raise errors.limit_exceeded("Subscription", "Subscription limit exceeded for this topic")
        if self.settings.message_bytes_max > MESSAGE_BYTES_MAX and not self._takes_large_messages(protocol):
            raise errors.invalid(_FOR_LARGE_MESSAGES)
        subscription = Subscription(
            arn=f"{self.arn}:{self._subscription_id()}",
            topic_arn=self.arn,
            protocol=protocol,
            endpoint=endpoint,
        )
        subscription.set(attributes, is_fifo_topic=self.settings.is_fifo)
        self._check_filter_count(attributes)
        self.subscriptions[subscription.arn] = subscription
        entry = self.journal.subscribed(subscription, cause)
        if protocol in BY_TOKEN and not is_confirmed:
            self._consent.ask(subscription, entry)
        self._replay_if_asked(subscription, attributes, entry)
        return subscription

    def ask_again(self, subscription: Subscription, *, cause: int) -> None:
        """Ask an endpoint that has not confirmed yet once more, by a new token."""
        self._consent.ask(subscription, cause)

    def confirm(self, token: str, *, is_signed: bool, is_owner_only: bool, cause: int) -> Subscription | None:
        """Take an endpoint's consent; the second time changes nothing.

        Args:
            is_owner_only: whether nobody shall unsubscribe it without a signature.

        Returns:
            its subscription; None if this topic has given out no such token, or too long ago.
        """
        for each in self.known_subscriptions():
            if self._consent.is_good(each, token):
                if each.is_pending:
                    each.is_pending, each.was_authenticated = False, is_signed
                    each.is_unsubscribed_by_owner_only = is_owner_only
                    self.journal.confirmed(each, cause)
                return each
        cancelled = self._consent.take_back(token)
        return None if cancelled is None else self._restore(cancelled, cause)

    def _restore(self, subscription: Subscription, cause: int) -> Subscription:
        """Take somebody back who was unsubscribed, under the same ARN (unconfirmed)."""
        anew = self.find(subscription.protocol, subscription.endpoint)
        if anew is not None:
            return anew
        subscription.is_gone = False
        self.subscriptions[subscription.arn] = subscription
        self.deleted_count -= 1
        self.journal.confirmed(subscription, cause)
        return subscription

    def set_attribute(self, subscription: Subscription, name: str, value: str, *, cause: int) -> None:
        """Set an attribute of a subscription.

        Raises:
            ApiError: there are too many filter policies.
            Fault: the attribute is refused.
        """
        if subscription.filter is None:
            self._check_filter_count({name: value})
        subscription.set({name: value}, is_fifo_topic=self.settings.is_fifo)
        self._replay_if_asked(subscription, {name: value}, cause)

    def unsubscribe(self, subscription: Subscription, *, cause: int, is_signed: bool = True) -> None:
        """Let an endpoint go; what is under way to it is not delivered any more.

        Args:
            is_signed: whether the owner asks; else who confirmed by token is told, and may come back.

        Raises:
            ApiError: only the owner may.
        """
        if subscription.is_unsubscribed_by_owner_only and not is_signed:
            raise errors.unauthorized("Subscription requires authentication to unsubscribe")  # unconfirmed words
        del self.subscriptions[subscription.arn]
        subscription.is_gone = True
        self.deleted_count += 1
        entry = self.journal.unsubscribed(subscription, cause)
        if subscription.protocol in BY_TOKEN and not subscription.is_pending and not is_signed:
            self._consent.tell_cancelled(subscription, entry)

    def _check_filter_count(self, given: Mapping[str, str]) -> None:
        """See that there is room for one more filter policy."""
        filters = sum(1 for each in self.subscriptions.values() if each.filter is not None)
        if given.get("FilterPolicy") and filters >= FILTER_POLICIES_MAX:
            raise errors.limit_exceeded("FilterPolicy", "Filter policy limit exceeded for this topic")

    def _forget_unconfirmed(self) -> None:
        """Forget who did not confirm in time."""
        for each in list(self.subscriptions.values()):
            if each.is_pending and self._clock.now_us - each.token_us > TOKEN_US:
                del self.subscriptions[each.arn]

    def known_subscriptions(self) -> list[Subscription]:
        """Return all subscriptions, but for those that nobody confirmed in time."""
        self._forget_unconfirmed()
        return list(self.subscriptions.values())

    # Archive and replay

    @property
    def archive_begins_at(self) -> str:
        """From when on messages can be replayed, "" if none can."""
        return self._archive.begins_at

    def _replay_if_asked(self, subscription: Subscription, given: Mapping[str, str], cause: int) -> None:
        if "ReplayPolicy" not in given:
            return
        text = given["ReplayPolicy"]
        subscription.is_closed = text not in ("", "{}")
        subscription.replay_status = "Pending" if subscription.is_closed else ""
        if subscription.is_closed:
            self._clock.soon(lambda _: self._replay(subscription, text, cause), None)

    def _replay(self, subscription: Subscription, text: str, cause: int) -> None:
        """Deliver archived messages once more, in order; what is published later comes after them."""
        if subscription.is_gone or subscription.attributes.get("ReplayPolicy") != text:
            return
        policy = ReplayPolicy(text)
        for message in self._archive.between(policy):
            entry = self.journal.replayed(message.subject, subscription.label, cause)
            self._offer(subscription, replace(message, is_replayed=True, entry=entry))
        subscription.replay_status = "Completed"
        subscription.is_closed = policy.ending is not None

    # Settings

    def apply(self, settings: TopicSettings, *, given: Mapping[str, str], cause: int = 0) -> None:
        """Take new settings.

        Raises:
            Fault: they do not suit the subscriptions.
        """
        if settings.message_bytes_max > MESSAGE_BYTES_MAX and not self._takes_large_messages():
            raise Fault(_FOR_LARGE_MESSAGES)
        self.settings = settings
        self._archive.retain(settings.archive_us)
        for name in given:
            if name in KEPT:
                self.journal.inert(name, "nothing is encrypted or written to delivery logs", cause)

    def _takes_large_messages(self, *more: str) -> bool:
        """Tell whether the subscriptions, with those by the protocols given, let messages be large."""
        protocols = [*(each.protocol for each in self.subscriptions.values()), *more]
        return len(protocols) <= LARGE_MESSAGE_SUBSCRIPTIONS_MAX and _LARGE.issuperset(protocols)

    def delete(self, cause: int) -> None:
        """Be gone, subscriptions and all.

        Raises:
            ApiError: there is an archive (unconfirmed).
        """
        if self.settings.archive_us:
            raise errors.invalid_state("Cannot delete a topic with an ArchivePolicy")
        for subscription in list(self.subscriptions.values()):
            self.unsubscribe(subscription, cause=cause)
        self.is_deleted = True
        self._world.remove(self.arn)


def _url_maker(world: World) -> Callable[[str], str]:
    """Return what makes a URL of SNS's of a query; a server's own leads to itself."""
    begin = world.endpoint_url or f"https://sns.{world.region}.amazonaws.com"
    return lambda query: f"{begin}/?{query}"
