"""Does an endpoint want its subscription? The letters that ask it, and the tokens in them."""

from collections.abc import Callable
from functools import partial

from eventsim import Clock
from eventsim_sources.topic.courier import Courier
from eventsim_sources.topic.limits import TOKEN_PREFIX, TOKEN_US
from eventsim_sources.topic.notification import Post, Writer
from eventsim_sources.topic.settings import TopicSettings
from eventsim_sources.topic.subscription import Subscription


class Consent:
    """Asks the endpoints of one topic by token, and remembers whom somebody without a signature has unsubscribed.

    Args:
        new_token_tail: gives what follows in a token after how all of them begin.
        settings: tells how the topic is set now.
    """

    def __init__(
        self,
        arn: str,
        clock: Clock,
        *,
        writer: Writer,
        courier: Courier,
        new_message_id: Callable[[], str],
        new_token_tail: Callable[[], str],
        settings: Callable[[], TopicSettings],
    ) -> None:
        self._arn = arn
        self._clock = clock
        self._writer = writer
        self._courier = courier
        self._new_message_id = new_message_id
        self._new_token_tail = new_token_tail
        self._settings = settings
        self._cancelled: dict[str, Subscription] = {}

    def ask(self, subscription: Subscription, cause: int) -> None:
        """Ask an endpoint whether it wants to be subscribed."""
        subscription.is_pending, subscription.was_authenticated = True, False
        mail = (
            f"You have chosen to subscribe to the topic:\n{self._arn}\n\nTo confirm this subscription, visit the "
            "following link:\n"
        )
        self._give_token(subscription)
        self._send(subscription, "SubscriptionConfirmation", self._writer.confirmation, mail, cause)

    def tell_cancelled(self, subscription: Subscription, cause: int) -> None:
        """Tell an endpoint that somebody without a signature has unsubscribed it, and how to come back."""
        mail = (  # unconfirmed words
            f"Your subscription to the topic below has been deactivated:\n{self._arn}\n\nIf this was in error or "
            "you wish to resubscribe, visit the following link:\n"
        )
        write = partial(self._writer.cancellation, subscription.arn)
        self._give_token(subscription)
        self._cancelled[subscription.token] = subscription
        self._send(subscription, "UnsubscribeConfirmation", write, mail, cause)

    def _give_token(self, subscription: Subscription) -> None:
        subscription.token, subscription.token_us = TOKEN_PREFIX + self._new_token_tail(), self._clock.now_us

    def _send(self, subscription: Subscription, type_: str, write: Callable[..., Post], mail: str, cause: int) -> None:
        """Send a letter with the token: as `write` has it, or by mail these words with the link behind them."""
        message_id = self._new_message_id()
        if subscription.protocol == "email":
            body = mail + self._writer.subscribe_url(subscription.token)
            letter = Post(body=body, message_id=message_id, type=type_)
        else:
            letter = write(
                message_id=message_id,
                token=subscription.token,
                at=self._clock.iso_ms(),
                version=self._settings().signature_version,
            )
        self._courier.confirm(subscription, letter, cause)

    def is_good(self, subscription: Subscription, token: str) -> bool:
        """Tell whether a token is a subscription's, and not too old."""
        return subscription.token == token and self._clock.now_us - subscription.token_us <= TOKEN_US

    def take_back(self, token: str) -> Subscription | None:
        """Return the cancelled subscription that a token restores, once; None if it restores none."""
        cancelled = self._cancelled.get(token)
        if cancelled is None or not self.is_good(cancelled, token):
            return None
        return self._cancelled.pop(token)
