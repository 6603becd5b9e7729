/** A client in a process of its own: it sends its next request as soon as it has an answer, whatever the server is doing. */
import { createPinnedClient, type TlsIdentity } from "../../../shared/tls/index.ts";

export interface EagerPlan {
  readonly port: number;
  readonly identity: TlsIdentity;
  readonly pin: string;
  /** On each of four connections. */
  readonly requests: number;
}

/** Several TLS records, so that most of the request comes after the part that the server acts on. */
const body = { text: "y".repeat(50_000) };

if (import.meta.main) {
  process.once("message", async ({ port, identity, pin, requests }: EagerPlan) => {
    const client = createPinnedClient({
      ...{ peer: "server", baseUrl: `https://127.0.0.1:${port}`, identity, pin, timeoutMs: 10_000 },
    });
    try {
      const ask = async () => {
        for (let sent = 0; sent < requests; sent += 1) await client.request("POST", "/", body);
      };
      await Promise.all([ask(), ask(), ask(), ask()]);
      process.send?.("answered");
    } catch (error) {
      process.send?.(String(error));
    }
    client.close();
    process.disconnect();
  });
}
