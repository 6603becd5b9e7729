import type { SigningKey } from "../attest.ts";
import { keysAnswer } from "./answerSchemas.ts";
import { ok } from "./answers.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** `GET /v1/keys`: the public half of every key, for whoever configures pins on the other side. */
export function readKeys(keys: Iterable<SigningKey>): Endpoint {
  const listed = [...keys].map(({ name, scheme, deployment, destination, address, publicKey, custody }) => ({
    name,
    scheme,
    deployment,
    destination,
    address,
    publicKey,
    custody,
  }));
  return endpoint({
    method: "GET",
    path: "/v1/keys",
    allowed: ["anyone"],
    summary: "Read the public half of every key",
    answers: { 200: { description: "Every key.", schema: keysAnswer } },
    refusals: [],
    handle: () => ok({ keys: listed }),
  });
}
