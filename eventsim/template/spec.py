"""How does a scenario name a template? The section `template:`."""

from typing import Annotated

from msgspec import Meta, Struct


class TemplateSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template whose functions, sources and rules are there from the beginning."""

    file: Annotated[
        str,
        Meta(
            description="A SAM or CloudFormation template, or the folder `cdk.out`, relative to the scenario.",
            examples=["template.yaml"],
        ),
    ]
    stack: Annotated[str, Meta(description="The name of the stack; that of the template's folder if not given.")] = ""
    parameters: Annotated[
        dict[str, str | int | float | bool | list[str]], Meta(description="Values of the template's parameters.")
    ] = {}
