"""Powertools' event handlers behind every front door, with validation by pydantic, and those of agents and AppSync."""

from typing import Annotated

from aws_lambda_powertools.event_handler import (
    ALBResolver,
    APIGatewayHttpResolver,
    APIGatewayRestResolver,
    AppSyncEventsResolver,
    AppSyncResolver,
    BedrockAgentFunctionResolver,
    BedrockAgentResolver,
    CORSConfig,
    LambdaFunctionUrlResolver,
    Response,
    content_types,
)
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.shared.cookies import Cookie
from pydantic import BaseModel


class Todo(BaseModel):
    number: int
    title: str


def routed(app):
    @app.get("/todos/<number>")
    def read(number: int, word: Annotated[str, Query(max_length=5)] = "") -> Todo:
        if number == 404:
            raise NotFoundError("no such thing to do")
        if number == 500:
            raise RuntimeError("broken")
        return Todo(number=number, title=word)

    @app.post("/todos")
    def write(todo: Todo) -> int:
        return todo.number

    @app.get("/long", compress=True, cache_control="max-age=300")
    def long():
        return {"text": "x" * 2000}

    @app.get("/cookie")
    def cookie():
        return Response(
            status_code=200, content_type=content_types.TEXT_PLAIN, body="c", cookies=[Cookie(name="id", value="1")]
        )

    @app.exception_handler(RuntimeError)
    def caught(error):
        return Response(status_code=418, content_type=content_types.TEXT_PLAIN, body=str(error))

    return app


cors = CORSConfig(allow_origin="https://shop.example", max_age=300)
rest_app = routed(APIGatewayRestResolver(enable_validation=True, cors=cors))
http_app = routed(APIGatewayHttpResolver(enable_validation=True, cors=cors))
url_app = routed(LambdaFunctionUrlResolver(enable_validation=True, cors=cors))
balancer_app = routed(ALBResolver(enable_validation=True, cors=cors))


def rest(event, context):
    return rest_app.resolve(event, context)


def http(event, context):
    return http_app.resolve(event, context)


def url(event, context):
    return url_app.resolve(event, context)


def balancer(event, context):
    return balancer_app.resolve(event, context)


agent_app, tool_app, graph_app, channel_app = (
    BedrockAgentResolver(),
    BedrockAgentFunctionResolver(),
    AppSyncResolver(),
    AppSyncEventsResolver(),
)


@agent_app.get("/greeting", description="Greets")
def greeting() -> str:
    return "hello"


@tool_app.tool(name="weather", description="Tells the weather")
def weather(city: str) -> str:
    return f"sunny in {city}"


@graph_app.resolver(type_name="Query", field_name="todo")
def graph_todo(number: int = 0):
    return {"number": number}


@channel_app.on_publish("/default/*")
def published(payload):
    return {"seen": payload}


APPS = {"apiPath": agent_app, "function": tool_app, "fieldName": graph_app, "events": channel_app}


def asked(event, context):
    return next(app for member, app in APPS.items() if member in event).resolve(event, context)
