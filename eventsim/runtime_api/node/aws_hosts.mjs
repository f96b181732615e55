// Where do requests go that name AWS's own hosts? To the simulation, which knows by the name who is meant.
//
// The SDK asks the endpoint of the simulation anyway; but URLs that AWS hands out (of queues, of functions and APIs, for
// the answers of custom resources, signed ones) lead to hosts that this machine must not reach.

import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { urlToHttpOptions } from "node:url";

import { sendStreamsAsRequests } from "./http2_streams.mjs";

const OF_AWS = /\.(amazonaws\.com(\.cn)?|on\.aws)$/;

/** Have the simulation at an address (host and port) answer for AWS's hosts. */
export function answerForAws(address) {
  const { hostname, port } = new URL(`http://${address}`);
  const realRequest = http.request;
  for (const module of [http, https]) {
    const original = module.request;
    module.request = (...values) => {
      const [options, callback] = asOptions(values);
      const asked = options.hostname ?? options.host ?? "";
      if (!OF_AWS.test(asked)) return original(...values);
      const { agent, host, servername, ...rest } = options;
      const there = { ...rest, protocol: "http:", hostname, port, headers: withHost(options.headers, asked) };
      return realRequest(there, callback);
    };
    module.get = (...values) => {
      const request = module.request(...values);
      request.end();
      return request;
    };
  }
  sendStreamsAsRequests(({ hostname: asked }) => OF_AWS.test(asked));
  if (globalThis.fetch !== undefined) globalThis.fetch = fetchFor(address, globalThis.fetch); // Node.js 16 has none
  syncBuiltinESMExports();
}

/** Return a `fetch` that leads what is for AWS to an address. */
function fetchFor(address, realFetch) {
  return (resource, options) => {
    const request = new Request(resource, options);
    const { host, pathname, search } = new URL(request.url);
    if (!OF_AWS.test(host)) return realFetch(resource, options);
    const there = new Request(`http://${address}${pathname}${search}`, request);
    there.headers.set("eventsim-host", host); // `fetch` sets the header `Host` itself
    return realFetch(there);
  };
}

/** Return options and callback of a request, whichever way it was called. */
function asOptions([first, ...rest]) {
  const given = typeof first === "string" || first instanceof URL ? urlToHttpOptions(new URL(first)) : first;
  const callback = rest.find((value) => typeof value === "function");
  const more = rest.find((value) => typeof value === "object");
  return [{ ...given, ...more }, callback];
}

function withHost(headers = {}, host) {
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "host");
  return { ...Object.fromEntries(kept), host };
}
