import type { FastifyInstance } from "fastify";

/**
 * Remembers the routes of a service, so that a wrong method on a path that exists can be told from a path that does not.
 *
 * @returns the methods that a path knows; none if there is no such path.
 */
export function trackAllowedMethods(service: FastifyInstance): (path: string) => string[] {
  const methodsByPattern = new Map<string, string[]>();
  service.addHook("onRoute", ({ url, method }) => {
    methodsByPattern.set(url, [...(methodsByPattern.get(url) ?? []), ...[method].flat()]);
  });
  return (path) => {
    const parts = path.split("/");
    const fits = ([pattern]: [string, string[]]) => {
      const wanted = pattern.split("/");
      return wanted.length === parts.length && wanted.every((part, at) => part.startsWith(":") || part === parts[at]);
    };
    return [...methodsByPattern].filter(fits).flatMap(([, methods]) => methods);
  };
}
