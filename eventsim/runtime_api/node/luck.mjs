// Where do random numbers come from? From the environment's seed, so that a replay rolls the same dice.
//
// `Math.random` and the bytes, numbers and UUIDs of `crypto` are drawn from one stream; keys and `https` are not.

import crypto, { createCipheriv, createHash } from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

const FLOAT_BITS = 53;

/** Draw all luck of this process from a seed, a number in decimal digits. */
export function seedLuck(seed) {
  const key = createHash("sha256").update(`${seed}`).digest();
  const stream = createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
  const bytes = (size) => stream.update(Buffer.alloc(size));
  const random = () => Number(bytes(8).readBigUInt64BE() >> BigInt(64 - FLOAT_BITS)) / 2 ** FLOAT_BITS;
  const below = (limit) => Math.floor(random() * limit);
  const fill = (array, offset = 0, size = array.length - offset) => {
    const { buffer, byteOffset, byteLength } = array.subarray(offset, offset + size);
    Buffer.from(buffer, byteOffset, byteLength).set(bytes(byteLength));
    return array;
  };
  const randomUUID = () => uuid4(bytes(16));
  Math.random = random;
  Object.assign(crypto.webcrypto, { randomUUID, getRandomValues: (array) => fill(array) });
  Object.assign(crypto, {
    randomUUID,
    randomBytes: orLater(bytes),
    randomFill: orLater(fill),
    randomFillSync: fill,
    randomInt: orLater((min, max) => (max === undefined ? below(min) : min + below(max - min))),
  });
  syncBuiltinESMExports();
}

/** Let a function take a callback as its last argument, as those of `crypto` do. */
function orLater(draw) {
  return (...values) => {
    if (typeof values.at(-1) !== "function") return draw(...values);
    const callback = values.pop();
    return process.nextTick(callback, null, draw(...values));
  };
}

function uuid4(bytes) {
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
