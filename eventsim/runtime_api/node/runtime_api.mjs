// How are events asked for and answered? By the calls of the Lambda Runtime API.

import { Agent, request } from "node:http";

const RUNTIME = "/2018-06-01/runtime";
const OK = 200;

export class RuntimeApi {
  #agent = new Agent({ keepAlive: true }); // an idle connection does not keep the process alive
  #streamAgent = new Agent({ keepAlive: true });
  #address;
  #timers;

  /**
   * @param {string} address host and port
   * @param timers what is frozen from an answer to the next event, if there is such a thing
   */
  constructor(address, timers) {
    const { hostname, port } = new URL(`http://${address}`);
    this.#address = { hostname, port };
    this.#timers = timers;
  }

  /** Wait for the next event; return it as text, with the headers that came with it. */
  async next() {
    this.#timers?.freeze();
    const { status, headers, body } = await this.#send("GET", `${RUNTIME}/invocation/next`);
    this.#timers?.thaw();
    if (status !== OK) throw new Error(`Failed to get next invocation, error ${status}`);
    return { headers, body };
  }

  /** Answer an invocation with JSON. What the platform thinks of it, as of one too large, is the platform's affair. */
  respond(id, json) {
    this.#timers?.freeze();
    return this.#send("POST", `${RUNTIME}/invocation/${encodeURIComponent(id)}/response`, json);
  }

  /** Tell that an invocation failed; AWS's client sends a cause for X-Ray and no header with the type. */
  fail(id, errorObject, cause) {
    this.#timers?.freeze();
    const path = `${RUNTIME}/invocation/${encodeURIComponent(id)}/error`;
    return this.#send("POST", path, JSON.stringify(errorObject), {
      "Lambda-Runtime-Function-XRay-Error-Cause": headerText(cause),
    });
  }

  /** Tell that the handler could not be loaded. */
  failInit(errorObject) {
    return this.#send("POST", `${RUNTIME}/init/error`, JSON.stringify(errorObject), {
      "Lambda-Runtime-Function-Error-Type": headerText(errorObject.errorType),
    });
  }

  /** Return an open request whose body is the answer to an invocation. */
  streamResponse(id, headers, highWaterMark, whenAnswered) {
    const path = `${RUNTIME}/invocation/${encodeURIComponent(id)}/response`;
    const options = { agent: this.#streamAgent, method: "POST", path, headers, highWaterMark };
    const sent = this.#open(options, whenAnswered);
    this.#timers?.watchStream(sent);
    return sent;
  }

  #open(options, whenAnswered) {
    return request({ ...this.#address, agent: this.#agent, ...options }, whenAnswered);
  }

  #send(method, path, body, headers = {}) {
    const json = body === undefined ? {} : { "Content-Type": "application/json" };
    return new Promise((resolve, reject) => {
      const sent = this.#open({ method, path, headers: { ...json, ...headers } }, (response) => {
        readBody(response).then(
          (text) => resolve({ status: response.statusCode, headers: response.headers, body: text }),
          reject,
        );
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : Buffer.from(body)); // bytes, lest Node.js encode the headers as UTF-8
    });
  }
}

/** Return a handler's result as JSON; what cannot be JSON is refused by the words of AWS's client. */
export function resultJson(result, Refusal) {
  let json;
  try {
    json = JSON.stringify(result === undefined ? null : result);
  } catch {
    throw new Refusal("Unable to stringify response body");
  }
  if (json === undefined) throw new TypeError("Wrong arguments"); // a function or a symbol
  return json;
}

/** Return the whole body of a response, as text. */
export async function readBody(response) {
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Return a text as a header's value: its UTF-8 bytes, each as one character. */
export const headerText = (text) => Buffer.from(`${text}`).toString("latin1");
