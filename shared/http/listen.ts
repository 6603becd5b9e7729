import type { AddressInfo } from "node:net";
import type { ListenAddress } from "../config/index.ts";
import { AttestorError, faultName } from "../errors/index.ts";
import type { HttpService } from "./service.ts";

/**
 * Starts listening.
 *
 * @param setting the configuration key of the address, named when the port is taken.
 * @returns the port, which the system chose if the configured one is 0.
 * @throws AttestorError `port_in_use`.
 */
export async function listen(service: HttpService, address: ListenAddress, setting: string): Promise<number> {
  try {
    await service.listen({ host: address.host, port: address.port });
  } catch (error) {
    const where = `${address.host}:${address.port}`;
    if (faultName(error) === "EADDRINUSE") throw new AttestorError("port_in_use", { address: where, setting });
    throw new AttestorError("setup_needed", { reason: `${setting}: cannot listen on ${where} (${faultName(error)})` });
  }
  return (service.server.address() as AddressInfo).port;
}
