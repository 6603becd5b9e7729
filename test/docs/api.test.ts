import { spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../shared/json/index.ts";
import { addresses } from "../signer/samples.ts";
import { repository } from "../support/attestor.ts";
import type { Json } from "../support/jsonSchema.ts";
import { documentedCodes, operationsOf } from "../support/openApi.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";

/** Holds docs/api.md against a running signer: its tables against the OpenAPI document, its examples by running them. */
const page = readFileSync(path.join(repository, "docs/api.md"), "utf8");
const code = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/.exec(page);
const exchanges = [...page.matchAll(/```http\n(GET|POST) (\S+)\n([\s\S]*?)\n?(?:\n|^)([0-9]{3})\n([\s\S]*?)```/gm)].map(
  ([, method = "", where = "", body = "", status = "", answer = ""]) => ({ method, where, body, status, answer }),
);

let world: SignerWorld;
let document: Json;
beforeAll(async () => {
  world = await createSignerWorld({
    changePolicy(policy) {
      policy.routes[0].tokens = [{ source: addresses.sourceService, destination: addresses.token }];
      policy.routes[0].limits = { perToken: [{ token: addresses.token, single: "1000000" }] };
    },
  });
  await world.start();
  document = JSON.parse(stringifyJson((await (await world.client()).request("GET", "/openapi.json")).body));
});
afterAll(() => world.close());

const rows = (section: string) => {
  const [, after = ""] = page.split(`## ${section}\n`);
  const lines = after.split("\n## ")[0]?.split("\n") ?? [];
  const cells = lines
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
  return cells.slice(2);
};

describe("docs/api.md", () => {
  it("lists every endpoint with the rights that open it", () => {
    const documented = operationsOf(document).map(({ method, path: where, description }) => {
      const rights = (description.security as { certificate: string[] }[]).map(
        ({ certificate: [right] }) => right ?? "anyone",
      );
      return [`\`${method} ${where}\``, rights.join(", ")];
    });
    expect(
      rows("Endpoints")
        .map((cells) => cells.slice(0, 2))
        .sort(),
    ).toEqual(documented.sort());
  });

  it("lists every code with which any endpoint refuses, and its status", () => {
    const documented = operationsOf(document).flatMap((operation) =>
      [...documentedCodes(operation)].flatMap(([status, codes]) => codes.map((each) => `${each} ${status}`)),
    );
    const listed = rows("Refusals").flatMap(([codes = "", status]) =>
      [...codes.matchAll(/`([a-z_]+)`/g)].map(([, each]) => `${each} ${status}`),
    );
    expect(new Set(listed)).toEqual(new Set([...documented, "method_not_allowed 405"]));
    expect(listed).toHaveLength(new Set(listed).size);
  });
});

describe("an example", () => {
  it("in JavaScript prints what the page says", async () => {
    const [, source = "", output = ""] = code ?? [];
    const { files } = await world.pki.clientIdentity("chain-a");
    const copies = {
      "chain-service.crt": files.certificate,
      "chain-service.key": files.key,
      "ca.crt": files.peerAuthority,
    };
    for (const [name, from] of Object.entries(copies)) copyFileSync(from, path.join(world.folder, name));
    const script = source.replace("signer.internal:7400", `localhost:${world.signer.ports.listen}`);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: world.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual([output, ""]);
  });

  it("is shown of each kind of answer", () => {
    expect(exchanges.map(({ method, status }) => `${method} ${status}`)).toEqual([
      "POST 202",
      "POST 200",
      "POST 200",
      "GET 404",
    ]);
  });

  it.each(exchanges)(
    "of $method $where is answered $status as the page says",
    async ({ method, where, body, status, answer }) => {
      const client = await world.client();
      const given = await client.request(method as "GET", where, body.trim() === "" ? undefined : JSON.parse(body));
      expect(given.status).toBe(Number(status));
      expect(JSON.parse(stringifyJson(given.body))).toEqual(expected(JSON.parse(answer)));
    },
  );
});

/** In a text, `…` stands for anything. */
function expected(value: Json): unknown {
  if (typeof value === "string" && value.includes("…")) {
    const parts = value.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return expect.stringMatching(new RegExp(`^${parts.join(".+")}$`, "s"));
  }
  if (Array.isArray(value)) return value.map(expected);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expected(item)]));
}
