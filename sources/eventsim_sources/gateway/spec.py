"""What does a scenario say of an API? The settings under `apis:`."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from eventsim import ConfigurationError, Duration


class CorsSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pages of other origins may call. For HTTP APIs."""

    origins: Annotated[list[str], Meta(description="Origins, `*` for all.", examples=[["https://shop.example"]])]
    methods: Annotated[list[str], Meta(description="Methods, `*` for all.")] = []
    headers: Annotated[list[str], Meta(description="Headers that requests may bear, `*` for all.")] = []
    expose: Annotated[list[str], Meta(description="Headers that pages may read.")] = []
    max_age: Annotated[Duration | None, Meta(description="How long a browser may keep the answer.")] = None
    credentials: Annotated[bool, Meta(description="Whether cookies and the like may be sent along.")] = False


class AuthorizerSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who lets requests in: a function, or the issuer of tokens."""

    function: Annotated[str | None, Meta(description="The function that decides.")] = None
    token: Annotated[
        bool, Meta(description="Whether the function gets one header alone (`TOKEN`); REST APIs only.")
    ] = False
    simple: Annotated[
        bool | None, Meta(description="Whether it answers `isAuthorized`, not a policy; so for HTTP APIs.")
    ] = None
    identity: Annotated[
        list[str] | None,
        Meta(
            description="What identifies a request: `header.Authorization`, `querystring.token`; without it, 401.",
            examples=[["header.Authorization"]],
        ),
    ] = None
    keep: Annotated[Duration | None, Meta(description="How long an answer is kept; 5 minutes for REST APIs.")] = None
    issuer: Annotated[str | None, Meta(description="Who issues the tokens (JWT); HTTP APIs only.")] = None
    audience: Annotated[list[str], Meta(description="For whom the tokens are meant.")] = []
    keys: Annotated[
        dict[str, Any],
        Meta(description="The issuer's JSON Web Key Set; without it, signatures are not verified."),
    ] = {}

    def __post_init__(self) -> None:
        if (self.function is None) == (self.issuer is None):
            raise ConfigurationError("an authorizer is a `function`, or has an `issuer` of tokens", key="function")


class RouteSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What answers a route."""

    function: Annotated[str, Meta(description="The function; `name:qualifier` for a version or an alias.")]
    authorizer: Annotated[str | None, Meta(description="Which of the API's authorizers is asked.")] = None
    scopes: Annotated[list[str], Meta(description="Scopes of which a token must have one.")] = []
    payload: Annotated[
        Literal["1.0", "2.0"] | None, Meta(description="The format of the event; `2.0` for HTTP APIs.")
    ] = None
    timeout: Annotated[Duration | None, Meta(description="How long the function may take; 29 s or 30 s.")] = None
    api_key: Annotated[bool, Meta(description="Whether an API key is needed; REST APIs only.")] = False
    reply: Annotated[bool, Meta(description="Whether the result goes back to the client; WebSocket APIs only.")] = False


class ApiSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An API: which requests go to which function."""

    type: Annotated[
        Literal["http", "rest", "websocket"], Meta(description="Which kind of API Gateway's APIs it is.")
    ] = "http"
    routes: Annotated[
        dict[str, str | RouteSpec],
        Meta(
            description="Routes with their functions: `GET /orders/{id}`, `ANY /{proxy+}`, `$default`; names of "
            "messages for WebSockets.",
            examples=[{"GET /orders": "list_orders"}],
        ),
    ] = {}
    definition: Annotated[
        str | dict[str, Any] | None,
        Meta(description="An OpenAPI document, or its file, with `x-amazon-apigateway-integration`."),
    ] = None
    stage: Annotated[
        str | None, Meta(description="The stage; `$default` for HTTP APIs, `prod` for others.", examples=["prod"])
    ] = None
    variables: Annotated[dict[str, str], Meta(description="Variables of the stage.")] = {}
    cors: Annotated[CorsSpec | None, Meta(description="Which pages of other origins may call; HTTP APIs only.")] = None
    authorizers: Annotated[dict[str, AuthorizerSpec], Meta(description="Who lets requests in, by name.")] = {}
    binary: Annotated[list[str], Meta(description="Media types that are handed over as base64; REST APIs only.")] = []
    api_keys: Annotated[dict[str, str], Meta(description="API keys by name; REST APIs only.")] = {}
    selection: Annotated[str, Meta(description="What of a message names its route; WebSocket APIs only.")] = (
        "$request.body.action"
    )

    def __post_init__(self) -> None:
        only = {"cors": "http", "binary": "rest", "api_keys": "rest"}
        for setting, kind in only.items():
            if getattr(self, setting) and self.type != kind:
                raise ConfigurationError(f"`{setting}` goes with `type: {kind}`", key=setting)
