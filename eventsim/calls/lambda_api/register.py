"""Which papers belong to which function? Those that the API made; a scenario's function tells of itself."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from eventsim.calls.lambda_api.code import Code, callable_code, folder_code
from eventsim.calls.lambda_api.papers import (
    AliasPapers,
    EventInvokePapers,
    FunctionPapers,
    ProvisionedPapers,
    VersionPapers,
)
from eventsim.function.function import (
    EVENT_INVOKE_DEFAULTS,
    LATEST,
    EventInvokeConfig,
    Function,
    Functions,
    FunctionVersion,
)
from eventsim.permissions.role import UNNAMED_ROLE


class Register:
    """The papers of all functions.

    Args:
        revision_id: gives ids of revisions.
        arn_of: returns the ARN of a target that a scenario calls by a shorter name.
        closes_stacks: whether only those may invoke a stack's functions whom their policies name.
    """

    def __init__(
        self,
        functions: Functions,
        revision_id: Callable[[], str],
        arn_of: Callable[[str], str],
        *,
        closes_stacks: bool,
    ) -> None:
        self._functions = functions
        self._revision_id = revision_id
        self._arn_of = arn_of
        self._closes_stacks = closes_stacks
        self._papers: dict[str, FunctionPapers] = {}
        self._made_by_api: set[str] = set()
        self._made_by_stacks: set[str] = set()

    def is_of_scenario(self, function: str) -> bool:
        """Tell whether a function was not made through the API."""
        return function not in self._made_by_api

    def is_of_stack(self, function: str) -> bool:
        """Tell whether a function was made for a stack."""
        return function in self._made_by_stacks

    def is_open(self, function: str) -> bool:
        """Tell whether everybody may invoke a function, whatever its policy says."""
        return self.is_of_scenario(function) and not (self._closes_stacks and self.is_of_stack(function))

    def papers(self, function: Function) -> FunctionPapers:
        """Return what is known of a function; of one from a scenario, what its settings tell."""
        papers = self._papers.get(function.name)
        if papers is None:
            papers = self._papers[function.name] = self._papers_of_scenario(function)
        return papers

    def statements(self, function: Function, qualifier: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the statements of a function's policy, by id; who only asks for them draws no luck."""
        papers = self._papers.get(function.name)
        return {} if papers is None else papers.policies.get(qualifier, {})

    def add(self, function: Function, papers: FunctionPapers, *, is_of_stack: bool = False) -> None:
        """Keep the papers of a function that the API makes, or made for a stack."""
        (self._made_by_stacks if is_of_stack else self._made_by_api).add(function.name)
        self._papers[function.name] = papers

    def remove(self, function: Function) -> None:
        """Forget the papers of a function that is no more."""
        self._papers.pop(function.name, None)
        self._made_by_api.discard(function.name)
        self._made_by_stacks.discard(function.name)

    def echo(self, function: str, settings: Mapping[str, Any]) -> None:
        """Keep settings of a function of a stack that change nothing, to be told as they came."""
        self._made_by_stacks.add(function)
        for version in self.papers(self._functions[function]).versions.values():
            version.echoed.update(settings)

    def name_layers(self, function: str, arns: Iterable[str]) -> None:
        """Keep which layers the latest version of a function has; else they are called after their folders."""
        self.papers(self._functions[function]).versions[LATEST].layers = tuple(arns)

    def role_arn(self, function: str) -> str:
        """Return the ARN of the role that a function runs as; who only asks for it draws no luck and reads no code."""
        papers = self._papers.get(function)
        return self._unnamed_role_arn if papers is None else str(papers.versions[LATEST].echoed["Role"])

    @property
    def _unnamed_role_arn(self) -> str:
        return f"arn:aws:iam::{self._functions.account_id}:role/{UNNAMED_ROLE}"

    def _papers_of_scenario(self, function: Function) -> FunctionPapers:
        codes = {version.code: _code_of(version) for version in function.versions.values()}
        versions = {
            number: VersionPapers(
                code=codes[version.code],
                revision_id=self._revision_id(),
                description=function.description,
                latest_description=function.description,
                echoed={"Role": self._unnamed_role_arn},
                layers=(
                    *(
                        f"arn:aws:lambda:{self._functions.region}:{self._functions.account_id}:layer:{folder.name}:1"
                        for folder in version.layers
                    ),
                    *version.extensions,
                ),
            )
            for number, version in function.versions.items()
        }
        aliases = {name: AliasPapers(self._revision_id()) for name in function.aliases}
        event_invoke = {
            qualifier: EventInvokePapers(self._given(config))
            for qualifier, config in function.event_invoke.items()
            if config != EVENT_INVOKE_DEFAULTS
        }
        provisioned = {version: ProvisionedPapers(count) for version, count in function.provisioned_concurrency.items()}
        published = max((int(number) for number in function.versions if number != LATEST), default=0)
        return FunctionPapers(versions, aliases, published, event_invoke, provisioned)

    def _given(self, config: EventInvokeConfig) -> dict[str, Any]:
        ends = {"OnSuccess": config.on_success, "OnFailure": config.on_failure}
        return {
            "MaximumRetryAttempts": config.maximum_retry_attempts,
            "MaximumEventAgeInSeconds": config.maximum_event_age_s,
            "DestinationConfig": {end: {"Destination": self._arn_of(name)} for end, name in ends.items() if name},
        }


def _code_of(version: FunctionVersion) -> Code:
    if version.code is not None:
        return folder_code(version.code)
    return callable_code(version.handler_name)
