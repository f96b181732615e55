"""Functions that are programs ask the extension beside them; the port is one of the machine, for many at once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from tests.core.extensions.conftest import SECRETS
from tests.interpreters import needs_node, needs_ruby

BY_NODE = """
import http from "node:http";

const headers = { "X-Aws-Parameters-Secrets-Token": process.env.AWS_SESSION_TOKEN };
const path = "/systemsmanager/parameters/get?name=vat";

const byFetch = async () => (await (await fetch(`http://localhost:2773${path}`, { headers })).json()).Parameter.Value;
const byGet = () =>
  new Promise((resolve) =>
    http.get(`http://127.0.0.1:2773${path}`, { headers }, async (answer) => {
      let body = "";
      for await (const chunk of answer) body += chunk;
      resolve(JSON.parse(body).Parameter.Value);
    }),
  );

const knowsPorts = Object.keys(process.env).includes("EVENTSIM_EXTENSION_PORTS");

export const handler = async () => [await byFetch(), await byGet(), knowsPorts];
"""
BY_RUBY = """
require "json"
require "net/http"

def handler(event:, context:)
  uri = URI("http://localhost:2773/systemsmanager/parameters/get?name=vat")
  answer = Net::HTTP.get_response(uri, { "X-Aws-Parameters-Secrets-Token" => ENV["AWS_SESSION_TOKEN"] })
  [JSON.parse(answer.body)["Parameter"]["Value"], ENV.key?("EVENTSIM_EXTENSION_PORTS")]
end
"""


def add(world: SyncSimulation, folder: Path, **settings: Any) -> None:
    world.add_source("parameters", "vat", value="0.19")
    world.add_function("f", code=str(folder), layers=[SECRETS], timeout=30, **settings)


@needs_node
def test_node_asks_by_fetch_and_by_http(world: SyncSimulation, tmp_path: Path) -> None:
    """One question, which the second asker finds answered."""
    (tmp_path / "index.mjs").write_text(BY_NODE)
    add(world, tmp_path, handler="index.handler", runtime="nodejs22.x")

    assert world.invoke("f") == ["0.19", "0.19", False]
    assert [entry.detail["origin"] for entry in world.trace.entries(["extension asked"])] == ["ssm", "its cache"]


@needs_ruby
def test_ruby_asks_by_net_http(world: SyncSimulation, tmp_path: Path) -> None:
    (tmp_path / "index.rb").write_text(BY_RUBY)
    add(world, tmp_path, handler="index.handler", runtime="ruby3.4")

    assert world.invoke("f") == ["0.19", False]


def test_a_program_of_its_own_is_told_that_it_reaches_none(world: SyncSimulation, program: Callable[..., Path]) -> None:
    """Nobody leads its sockets: the trace says so, once."""
    add(world, program(), runtime="provided.al2023")

    for _ in range(2):
        world.request("lambda", "UpdateFunctionConfiguration", {"FunctionName": "f", "MemorySize": 256})
        world.request("lambda", "Invoke", {"FunctionName": "f", "Payload": b"{}"})

    (entry,) = world.trace.entries(["accepted without effect"])
    assert (entry.detail["parameter"], entry.place) == (SECRETS, "function f")
