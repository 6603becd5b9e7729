import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHttpService, listen } from "../../../shared/http/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { rejection } from "../refusal.ts";
import { rawRequest, request } from "./rawRequest.ts";

function service() {
  const http = createHttpService({
    logger: createLogger({ service: "test", level: "error" }),
    createServer: (handler) => createServer(handler),
  });
  http.get("/", () => ({}));
  onTestFinished(() => http.close());
  return http;
}

describe("listening", () => {
  it("on port 0 returns the port that the system chose", async () => {
    const port = await listen(service(), { host: "127.0.0.1", port: 0 }, "listen.port");
    expect(port).toBeGreaterThan(0);
    expect((await rawRequest(port, request("GET", "/")))[0]?.status).toBe(200);
  });

  it("on a port in use is refused with the setting to change", async () => {
    const port = await listen(service(), { host: "127.0.0.1", port: 0 }, "listen.port");
    const error = await rejection("port_in_use", listen(service(), { host: "127.0.0.1", port }, "ops.port"));
    expect(error.message).toBe(`127.0.0.1:${port} is in use by another program. Stop that program or change ops.port.`);
  });

  it("on an address of another machine is refused with the setting", async () => {
    const error = await rejection("setup_needed", listen(service(), { host: "192.0.2.1", port: 0 }, "listen.port"));
    expect(error.message).toBe("listen.port: cannot listen on 192.0.2.1:0 (EADDRNOTAVAIL).");
  });
});
