import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAnyKeyUri } from "../../../hsm/index.ts";
import { isKmsUri } from "../../../hsm/keyUri/index.ts";
import { createKmsKeystore } from "../../../hsm/kms/kmsKeystore.ts";

/** Where credentials come from in a container: it takes the request and never answers. */
const server = createServer(() => {});

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // the SDK reads it in this process, which runs this file alone
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
  Object.assign(process.env, {
    HOME: "/nonexistent",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin()}/credentials`,
  });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe("a key in KMS whose credentials never come", () => {
  it("is answered for before the deadline of whoever asks", async () => {
    const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const uri = parseAnyKeyUri(`awskms:${arn}?endpoint=${origin()}`);
    if (!isKmsUri(uri)) throw new Error("a KMS key was expected");
    const key = { name: "key", uri, publicKey: new Uint8Array(65) };
    const began = performance.now();
    await expect(createKmsKeystore({ keys: [key], sessions: 1, callDeadlineMs: 2_500 }).open()).rejects.toMatchObject({
      code: "hsm_error",
      data: { call: "kms:DescribeKey", code: "TimeoutError" },
    });
    expect(performance.now() - began).toBeLessThan(2_500);
  });
});
