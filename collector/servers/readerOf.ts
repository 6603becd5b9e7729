import rateLimit from "@fastify/rate-limit";
import type { FastifyRequest } from "fastify";

/** What one household or host has for itself of IPv6, in bits. */
const networkBits = 64;

/** Who reads, as limits count: an IPv4 address, also where it is written as IPv6, or an IPv6 network. */
export function readerOf({ ip }: Pick<FastifyRequest, "ip">): string {
  return rateLimit.normalizeIP(ip, networkBits);
}
