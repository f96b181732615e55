"""What does the API know of a function that its runs do not need? Dates, revisions, digests, tags, policies."""

from dataclasses import dataclass, field
from typing import Any

from eventsim.calls.lambda_api.code import Code


@dataclass(slots=True)
class VersionPapers:
    """What is known of one version.

    Attributes:
        passing_revision_id: its revision until it is active, or an update is through: a state is a part of a revision.
        modified_us: when it was last changed, in virtual time.
        active_us: when it is active, after it was created.
        updated_us: when its last update is through.
        echoed: settings that are given back as they came: `Role`, `VpcConfig`, …
        layers: the ARNs of its layers.
        runtime_management: when its runtime is updated, as the API was told.
        source_key: the ARN of the key that encrypts its archive on AWS, "" for AWS's own.
        latest_description: the description that `$LATEST` had when this version was published, which may have got one
            of its own.
    """

    code: Code
    revision_id: str
    passing_revision_id: str = ""
    description: str = ""
    modified_us: int = 0
    active_us: int = 0
    updated_us: int = 0
    echoed: dict[str, Any] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    runtime_management: dict[str, Any] = field(default_factory=dict)
    source_key: str = ""
    latest_description: str = ""

    def revision_at(self, now_us: int) -> str:
        """Return its revision, which ends with a transition."""
        is_passing = now_us < max(self.active_us, self.updated_us) and self.passing_revision_id
        return self.passing_revision_id if is_passing else self.revision_id


@dataclass(slots=True)
class AliasPapers:
    """What is known of an alias."""

    revision_id: str
    description: str = ""


@dataclass(slots=True)
class EventInvokePapers:
    """What was configured for the asynchronous events of one qualifier, as the API was told."""

    given: dict[str, Any]
    modified_us: int = 0


@dataclass(slots=True)
class ProvisionedPapers:
    """Provisioned concurrency that was asked for.

    Attributes:
        entry: the trace entry of the request: a failure told later is its own.
    """

    count: int
    modified_us: int = 0
    entry: int = 0


@dataclass(slots=True)
class UrlPapers:
    """A function URL."""

    identifier: str
    settings: dict[str, Any]
    created_us: int
    modified_us: int


@dataclass(slots=True)
class FunctionPapers:
    """What is known of a function; the keys are versions, aliases or qualifiers.

    Attributes:
        published: the highest version so far; numbers are not used twice.
        policies: qualifier → statement id → statement.
        policy_heads: qualifier → what a policy that was put as a document says besides its statements.
    """

    versions: dict[str, VersionPapers]
    aliases: dict[str, AliasPapers] = field(default_factory=dict)
    published: int = 0
    event_invoke: dict[str, EventInvokePapers] = field(default_factory=dict)
    provisioned: dict[str, ProvisionedPapers] = field(default_factory=dict)
    urls: dict[str, UrlPapers] = field(default_factory=dict)
    policies: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    policy_heads: dict[str, dict[str, Any]] = field(default_factory=dict)
    code_signing_config: str = ""

    def forget(self, qualifier: str) -> None:
        """Forget what is known of a version or an alias that is no more."""
        self.versions.pop(qualifier, None)
        self.aliases.pop(qualifier, None)
        self.event_invoke.pop(qualifier, None)
        self.provisioned.pop(qualifier, None)
        self.urls.pop(qualifier, None)
        self.drop_policy(qualifier)

    def drop_policy(self, qualifier: str) -> None:
        """Have no policy."""
        self.policies.pop(qualifier, None)
        self.policy_heads.pop(qualifier, None)
