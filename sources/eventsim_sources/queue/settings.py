"""How is a queue set up?"""

from typing import Literal

import msgspec

from eventsim_sources.queue.limits import MESSAGE_BYTES_MAX


class RedrivePolicy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """After how many receives a message goes to which dead-letter queue."""

    target_arn: str
    receive_count_max: int


class RedriveAllowPolicy(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which queues may use this one as their dead-letter queue."""

    permission: Literal["allowAll", "denyAll", "byQueue"] = "allowAll"
    source_arns: tuple[str, ...] = ()

    def allows(self, source_arn: str) -> bool:
        """Tell whether a queue may send its dead letters here."""
        return self.permission == "allowAll" or (self.permission == "byQueue" and source_arn in self.source_arns)


class Settings(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A queue's attributes in our words, and two liberties of the real service as settings.

    `order` and `duplicates` (a probability for each receive) are for standard queues only.
    """

    visibility_timeout_s: int = 30
    delay_s: int = 0
    retention_s: int = 345_600
    message_bytes_max: int = MESSAGE_BYTES_MAX
    wait_s: int = 0
    redrive: RedrivePolicy | None = None
    redrive_allow: RedriveAllowPolicy | None = None
    policy: str = ""
    has_own_encryption: bool = True
    kms_key_id: str = ""
    kms_reuse_s: int = 300
    is_fifo: bool = False
    has_content_deduplication: bool = False
    deduplication_scope: Literal["queue", "messageGroup"] = "queue"
    throughput_limit: Literal["perQueue", "perMessageGroupId"] = "perQueue"
    order: Literal["sent", "shuffled"] = "sent"
    duplicates: float = 0.0
