"""Do durable functions in JavaScript run? The protocol below AWS's SDK, by hand and over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.core.durable.world import ask, history, start
from tests.interpreters import needs_node, needs_of_node

pytestmark = [needs_node, needs_of_node("`fetch`", 18, 0)]

CODE = """
const host = "https://lambda.us-east-1.amazonaws.com";
const scope = "Credential=123456789012/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
const headers = { "Authorization": `AWS4-HMAC-SHA256 ${scope}`, "Content-Type": "application/json" };

export const handler = async (event) => {
  const path = `/2025-12-01/durable-executions/${encodeURIComponent(event.DurableExecutionArn)}`;
  const known = Object.fromEntries(event.InitialExecutionState.Operations.map((each) => [each.Id, each]));
  const save = async (token, ...Updates) => {
    const body = JSON.stringify({ CheckpointToken: token, Updates });
    const answer = await fetch(`${host}${path}/checkpoint`, { method: "POST", headers, body });
    if (answer.status !== 200) throw new Error(await answer.text());
    return answer.json();
  };
  const step = { Id: "s", Type: "STEP", Name: "think" };
  const wait = { Id: "w", Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 86400 } };
  if (!known.s) {
    const first = await save(event.CheckpointToken, { ...step, Action: "START" });
    const next = await save(first.CheckpointToken, { ...step, Action: "SUCCEED", Payload: "42" }, wait);
    const [thought, begun] = next.NewExecutionState.Operations;
    const query = `CheckpointToken=${encodeURIComponent(next.CheckpointToken)}`;
    const state = await (await fetch(`${host}${path}/state?${query}`, { headers })).json();
    console.log(thought.Id, begun.WaitDetails.ScheduledEndTimestamp, state.Operations.length);
    return { Status: "PENDING" };
  }
  const tookMs = Date.now() - known.w.StartTimestamp;
  return { Status: "SUCCEEDED", Result: JSON.stringify([known.s.StepDetails.Result, known.w.Status, tookMs]) };
};
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[[], tuple[Any, list[str], list[str], str]]:
    """Return what runs one execution: its description, its history, what it logged, the digest."""
    (tmp_path / "index.mjs").write_text(CODE)

    def once() -> tuple[Any, list[str], list[str], str]:
        with SyncSimulation(seed=1) as simulation:
            settings: Any = {"code": str(tmp_path), "runtime": "nodejs22.x", "durable": {"execution_timeout": "2 days"}}
            simulation.add_function("work", handler="index.handler", **settings)
            arn = start(simulation)
            simulation.until_idle()
            texts = [str(entry.detail["text"]) for entry in simulation.trace.entries(["logged"])]
            printed = [text.rpartition("\t")[2].strip() for text in texts if "\tINFO\t" in text]
            told = ask(simulation, "GetDurableExecution", DurableExecutionArn=arn)
            return told, history(simulation, arn), printed, simulation.trace.digest()

    return once


def test_the_protocol_is_spoken_by_hand(run: Callable[[], tuple[Any, list[str], list[str], str]]) -> None:
    """Steps and waits are saved over HTTP: answers tell seconds, events milliseconds; two runs are one."""
    told, happened, printed, digest = run()

    assert told["Status"] == "SUCCEEDED"
    assert told["Result"] == '["42","SUCCEEDED",86400100]'
    assert happened == [
        *("ExecutionStarted", "StepStarted", "StepSucceeded", "WaitStarted", "WaitSucceeded", "ExecutionSucceeded")
    ]
    assert printed == ["s 1767312000.1 3"]
    assert run()[3] == digest
