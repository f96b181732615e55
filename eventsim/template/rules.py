"""May a template be deployed with these parameters? Its section `Rules` says so, before anything else is looked at."""

from collections.abc import Mapping
from typing import Any, NoReturn

from eventsim.template.document import Document, Path_
from eventsim.template.intrinsic import Resolver, Unresolved, as_text
from eventsim.template.parameters import Parameter

_SECTION = "Rules"


def check_rules(document: Document, parameters: Mapping[str, Parameter], region: str) -> None:
    """See that every rule that applies is kept.

    Raises:
        TemplateError: one is not, or is no rule.
    """
    rules = document.body.get(_SECTION) or {}
    resolver = _RuleResolver(document, parameters, region)
    for name, rule in rules.items():
        path: Path_ = (_SECTION, name)
        try:
            if resolver.applies(rule, path):
                _check(document, resolver, rule, path)
        except Unresolved as error:
            raise document.error(error.path, f"the rule `{name}`: {error}") from None


def _check(document: Document, resolver: "_RuleResolver", rule: Mapping[str, Any], path: Path_) -> None:
    for index, each in enumerate(rule.get("Assertions") or ()):
        where = (*path, "Assertions", index)
        if not resolver.truth(each.get("Assert"), (*where, "Assert")):
            told = as_text(
                each.get("AssertDescription") or f"Assertion {index + 1} of the rule {path[1]} does not hold"
            )
            raise document.refusal(where, told)  # unconfirmed wording


class _RuleResolver(Resolver):
    """Works out the assertions of rules, which know parameters and nothing else, and have functions of their own."""

    def __init__(self, document: Document, parameters: Mapping[str, Parameter], region: str) -> None:
        super().__init__(mappings=document.body.get("Mappings") or {}, conditions={}, scope=self, region=region)
        self._parameters = parameters
        self._functions |= {
            "Fn::Contains": lambda given, path: self._pair(given, path)[1] in self._texts(given, path, 0),
            "Fn::EachMemberEquals": lambda given, path: (
                {*self._texts(given, path, 0)} <= {as_text(self._pair(given, path)[1])}
            ),
            "Fn::EachMemberIn": lambda given, path: {*self._texts(given, path, 0)} <= {*self._texts(given, path, 1)},
        }

    def applies(self, rule: Any, path: Path_) -> bool:
        """Tell whether a rule's condition holds; one without always applies."""
        assertions = rule.get("Assertions") or [] if isinstance(rule, dict) else None
        if not isinstance(assertions, list) or not all(isinstance(each, dict) for each in assertions):
            raise Unresolved(path, "a rule is a mapping with `Assertions`, a list of mappings")
        condition = rule.get("RuleCondition")
        return condition is None or self.truth(condition, (*path, "RuleCondition"))

    def truth(self, node: Any, path: Path_) -> bool:
        """Tell whether a condition holds."""
        return self._truth(node, path)

    def reference(self, name: str) -> Any:
        """Answer `Ref` of a parameter."""
        if name not in self._parameters:
            raise LookupError(f"rules refer to parameters only, and there is none `{name}`")
        return self._parameters[name].value

    def attribute(self, logical_id: str, name: str) -> NoReturn:
        """Refuse `Fn::GetAtt`: nothing is made yet."""
        raise LookupError(f"rules refer to parameters only, not to {logical_id}.{name}")

    def imported(self, name: str) -> NoReturn:
        """Refuse `Fn::ImportValue`."""
        raise LookupError(f"rules refer to parameters only, not to the export {name}")

    def _pair(self, given: Any, path: Path_) -> list[Any]:
        if not isinstance(given, list) or len(given) != 2:
            raise Unresolved(path, f"`{path[-1]}` takes two arguments")
        return [self.value(each, (*path, index)) for index, each in enumerate(given)]

    def _texts(self, given: Any, path: Path_, index: int) -> list[str]:
        found = self._pair(given, path)[index]
        return [as_text(each) for each in (found if isinstance(found, list) else [found])]
