// `awslambda.InvokeStore`: where libraries look up the invocation they run in, and keep what belongs to it.

const REQUEST_ID = Symbol.for("_AWS_LAMBDA_REQUEST_ID");
const X_RAY_TRACE_ID = Symbol.for("_AWS_LAMBDA_X_RAY_TRACE_ID");
const TENANT_ID = Symbol.for("_AWS_LAMBDA_TENANT_ID");
const PROTECTED = [REQUEST_ID, X_RAY_TRACE_ID, TENANT_ID];

export class InvokeStore {
  #context;

  /** Begin an invocation; what was kept is forgotten. */
  setInvocation({ awsRequestId, xRayTraceId, tenantId }) {
    this.#context = { [REQUEST_ID]: awsRequestId, [X_RAY_TRACE_ID]: xRayTraceId, [TENANT_ID]: tenantId };
  }

  getContext() {
    return this.#context;
  }

  hasContext() {
    return this.#context !== undefined;
  }

  get(key) {
    return this.#context?.[key];
  }

  set(key, value) {
    if (PROTECTED.includes(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
    this.#context = Object.assign(this.#context ?? {}, { [key]: value });
  }

  run(context, call) {
    this.#context = context;
    return call();
  }

  getRequestId() {
    return this.get(REQUEST_ID) ?? "-";
  }

  getXRayTraceId() {
    return this.get(X_RAY_TRACE_ID);
  }

  getTenantId() {
    return this.get(TENANT_ID);
  }
}
