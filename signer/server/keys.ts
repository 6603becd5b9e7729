import type { HttpService } from "../../shared/http/index.ts";
import type { SigningKey } from "../attest.ts";

/** `GET /v1/keys`: the public half of every key, for whoever configures pins on the other side. */
export function readKeys(service: HttpService, keys: Iterable<SigningKey>): void {
  const listed = [...keys].map(({ name, scheme, deployment, destination, address, publicKey, custody }) => ({
    name,
    scheme,
    deployment,
    destination,
    address,
    publicKey,
    custody,
  }));
  service.get("/v1/keys", async () => ({ keys: listed }));
}
