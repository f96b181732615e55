// How does AWS's Node.js runtime run a handler? It finds it, asks the Runtime API for events, tells what came of each.
//
// The rules are those of the runtime interface client that AWS publishes (`aws-lambda-ric`): its version 3 tells what
// the runtimes up to nodejs22.x do, its version 4 what nodejs24.x does. The older ones know by an empty event loop that
// a handler is done, so nothing of ours may keep the loop alive while user code runs.

import { patchConsole } from "./console.mjs";
import { printAtOnce, waitForOutput } from "./output.mjs";
import { RuntimeApi } from "./runtime_api.mjs";
import { offerSdk } from "./sdk.mjs";

const LAST_WITH_CALLBACKS = 22;

/** Return the number of the runtime: 20 for nodejs20.x, the program's own where nothing says it. */
function runtimeNumber() {
  const [, number] = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV ?? "") ?? /^v(\d+)/.exec(process.version);
  return Number(number);
}

/** Let all clients reach the server that stands for AWS in real time. */
async function reachEndpoint({ AWS_ENDPOINT_URL }) {
  if (AWS_ENDPOINT_URL === undefined) return;
  const server = new URL(AWS_ENDPOINT_URL);
  const { answerFor, leadsToServer } = await import("./aws_hosts.mjs");
  const { sendStreamsAsRequests } = await import("./http2_streams.mjs");
  answerFor(server.host, leadsToServer(server));
  sendStreamsAsRequests(({ origin }) => origin === server.origin);
}

/** Let the handler reach the extensions beside it, whose ports are told. */
async function reachExtensions({ AWS_LAMBDA_RUNTIME_API, EVENTSIM_EXTENSION_PORTS }) {
  delete process.env.EVENTSIM_EXTENSION_PORTS;
  if (EVENTSIM_EXTENSION_PORTS === undefined) return;
  const { answerFor, leadsToExtension } = await import("./aws_hosts.mjs");
  answerFor(AWS_LAMBDA_RUNTIME_API, leadsToExtension(EVENTSIM_EXTENSION_PORTS));
}

/** Enter virtual time, if the simulation wants it; return what is frozen between invocations. */
async function virtualTimers() {
  const { AWS_LAMBDA_RUNTIME_API, EVENTSIM_EPOCH_US, EVENTSIM_SEED, EVENTSIM_VIRTUAL_TIME } = process.env;
  for (const name of ["EVENTSIM_EPOCH_US", "EVENTSIM_SEED", "EVENTSIM_VIRTUAL_TIME"]) delete process.env[name];
  if (EVENTSIM_VIRTUAL_TIME !== "1") return reachEndpoint(process.env);
  const { answerFor, isOfAws, leadsToAws } = await import("./aws_hosts.mjs");
  const { sendStreamsAsRequests } = await import("./http2_streams.mjs");
  const { takeIdentity } = await import("./identity.mjs");
  const { seedLuck } = await import("./luck.mjs");
  const { enterVirtualTime } = await import("./virtual_time.mjs");
  takeIdentity();
  printAtOnce();
  answerFor(AWS_LAMBDA_RUNTIME_API, leadsToAws);
  sendStreamsAsRequests(({ hostname }) => isOfAws(hostname));
  seedLuck(EVENTSIM_SEED);
  return enterVirtualTime(AWS_LAMBDA_RUNTIME_API, Number(EVENTSIM_EPOCH_US));
}

waitForOutput();
await reachExtensions({ ...process.env });
const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API, await virtualTimers());
offerSdk(process.env.LAMBDA_TASK_ROOT, process.env.NODE_PATH);
if (runtimeNumber() <= LAST_WITH_CALLBACKS) {
  const { run } = await import("./callback_runtime.mjs");
  await run(api, patchConsole(undefined)); // what the handler's module throws becomes an uncaught exception
} else {
  const { run } = await import("./promise_runtime.mjs");
  run(api, patchConsole("-")); // not awaited: an event loop that runs empty ends the process with 0
}
