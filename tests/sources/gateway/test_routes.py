"""Which route, which resource takes a request?"""

import pytest

from eventsim import Headers, HttpRequest
from eventsim_sources.gateway.address import address_of
from eventsim_sources.gateway.http_api.routes import Routes
from eventsim_sources.gateway.rest_api.model import Method, Resource
from eventsim_sources.gateway.rest_api.resources import Resources

KEYS = (
    *("GET /pets/dog/1", "GET /pets/dog/{id}", "ANY /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}"),
    *("$default", "POST /"),
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
        ("PUT", "/pets/dog/2", "ANY /pets/dog/{id}", {"id": "2"}),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
        ("POST", "/pets/cat%20/1", "ANY /{proxy+}", {"proxy": "pets/cat /1"}),
        ("POST", "/", "POST /", {}),
        ("GET", "/", "$default", {}),
    ],
)
def test_the_most_specific_route_takes_it(method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    """A literal beats a name, a name beats what is greedy, a method beats ANY, and the rest is for $default."""
    found = Routes(KEYS).find(method, path)

    assert found is not None
    assert (found.key, found.parameters) == (key, parameters)


def test_without_a_default_nothing_may_fit() -> None:
    """A greedy parameter stands for something, and a parameter for no empty segment."""
    routes = Routes(["GET /a/{proxy+}", "GET /b/{id}"])

    assert routes.find("GET", "/a/") is None
    assert routes.find("GET", "/b/") is None
    assert routes.find("POST", "/b/1") is None


def resources(*methods: str) -> Resources:
    """Return resources with one method each: `GET /a/{id}`."""
    made = []
    for each in methods:
        verb, _, path = each.partition(" ")
        made.append(Resource(id=path, path=path, resource_methods={verb: Method(http_method=verb)}))
    return Resources(made)


@pytest.mark.parametrize(
    ("verb", "path", "found"),
    [
        ("GET", "/a/b", "/a/b"),
        ("GET", "/a/c/", "/a/{id}"),
        ("GET", "/a/c/d", "/{proxy+}"),
        ("POST", "/a/b", "/{proxy+}"),
        ("GET", "/", None),
    ],
    ids=["literal", "named, trailing slash", "greedy", "back to greedy", "greedy is not its parent"],
)
def test_a_resource_is_found_level_by_level(verb: str, path: str, found: str | None) -> None:
    """Where a branch has no method for it, an outer greedy resource takes the request (unconfirmed)."""
    matched = resources("GET /a/b", "GET /a/{id}", "ANY /{proxy+}").find(verb, path)

    assert (None if matched is None else matched.resource.path) == found


@pytest.mark.parametrize(
    ("host", "path", "found"),
    [
        ("a1.execute-api.us-east-1.amazonaws.com", "/prod/x", ("a1", "/prod/x")),
        ("a1.execute-api.localhost:4566", "/x", ("a1", "/x")),
        ("localhost", "/_api/a1/prod/x", ("a1", "/prod/x")),
        ("localhost", "/_aws/execute-api/a1/prod/x", ("a1", "/prod/x")),
        ("localhost", "/_aws/execute-api/a1/$default/x", ("a1", "/x")),
        ("localhost", "/_aws/execute-api/a1/%24default", ("a1", "/")),
        ("localhost", "/_api/a1", ("a1", "/")),
        ("localhost", "/restapis/a1/prod/_user_request_/x", ("a1", "/prod/x")),
        ("localhost", "/restapis/a1", None),
    ],
)
def test_an_address_names_an_api(host: str, path: str, found: tuple[str, str] | None) -> None:
    """By its host, or at the start of its path, where the stage `$default` may be named."""
    address = address_of(HttpRequest(method="GET", path=path, headers=Headers([("Host", host)])))

    assert (None if address is None else (address.identifier, address.path)) == found
