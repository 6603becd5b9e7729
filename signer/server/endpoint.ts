import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { ErrorCode } from "../../shared/errors/index.ts";
import type { HttpService } from "../../shared/http/index.ts";
import { check } from "../../shared/schema/index.ts";
import type { Answer } from "./answers.ts";
import { type Caller, type Right, requireRight } from "./caller.ts";

/** A request that was let in and has the right form. */
export interface Call<P, Q, B> {
  readonly caller: Caller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

interface EndpointParts<P, Q, B> {
  readonly method: "GET" | "POST" | "PUT";
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** Who may; one of them is enough. */
  readonly allowed: readonly Right[];
  /** Looks at the caller once it is known to have the right, before a byte of the body is read; throws to refuse. */
  readonly admit?: (caller: Caller) => void;
  /** What it does, starting with a verb. */
  readonly summary: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  /** Largest body in bytes; default that of every service. */
  readonly bodyLimitBytes?: number;
  /** Takes a body of any media type as JSON, for a client that names none. */
  readonly anyMediaType?: true;
  /** Each status that is no refusal, with what it means and the form of its body; text where there is no schema. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema?: z.ZodType }>>;
  /** Codes of refusals that are this endpoint's own; {@link commonRefusals} come with every one. */
  readonly refusals: readonly ErrorCode[];
  handle(call: Call<P, Q, B>): Answer | Promise<Answer>;
}

/** One method of one path, with everything that is to be said of it: it is registered and documented from this. */
export type Endpoint = Omit<EndpointParts<unknown, unknown, unknown>, "handle"> & {
  answer(request: FastifyRequest, caller: Caller): Promise<Answer>;
};

const nothing = z.strictObject({});

/** Puts an endpoint together; path, query and body are checked before `handle` sees them. */
export function endpoint<P = Record<string, never>, Q = Record<string, never>, B = undefined>(
  parts: EndpointParts<P, Q, B>,
): Endpoint {
  const { handle, ...described } = parts;
  return {
    ...described,
    async answer(request, caller) {
      const params = checked(parts.params, request.params, "path") as P;
      const query = checked(parts.query, request.query, "query") as Q;
      const body = (parts.body ? check(parts.body, request.body, "body") : undefined) as B;
      return handle({ caller, params, query, body });
    },
  };
}

/** Most requests have neither parameters nor a query: a schema need not say so of each. */
function checked(schema: z.ZodType | undefined, value: unknown, root: "path" | "query"): unknown {
  const isNothing = schema === undefined && Object.keys(Object(value)).length === 0;
  return isNothing ? {} : check(schema ?? nothing, value, root);
}

/** Refusals that any endpoint can answer with. */
const commonRefusals: readonly ErrorCode[] = [
  "client_refused",
  "denied",
  "invalid_field",
  "overloaded",
  "request_timeout",
  "internal",
];

/** Refusals of endpoints that take a body. */
const bodyRefusals: readonly ErrorCode[] = ["malformed_json", "body_too_large", "unsupported_media_type"];

/** Every code that a request to this endpoint can be refused with. */
export function refusalsOf({ body, anyMediaType, refusals }: Endpoint): readonly ErrorCode[] {
  const ofBody = body ? bodyRefusals.filter((code) => !anyMediaType || code !== "unsupported_media_type") : [];
  return [...new Set([...commonRefusals, ...ofBody, ...refusals])];
}

/** Registers endpoints: rights first, before a byte of the body is read. */
export function addEndpoints(
  service: HttpService,
  endpoints: readonly Endpoint[],
  callerOf: (request: FastifyRequest) => Caller,
): void {
  for (const each of endpoints) addEndpoint(service, each, callerOf);
}

function addEndpoint(service: HttpService, each: Endpoint, callerOf: (request: FastifyRequest) => Caller): void {
  service.route({
    method: each.method,
    url: each.path.replaceAll(/\{([a-z]+)\}/g, ":$1"),
    ...(each.bodyLimitBytes === undefined ? {} : { bodyLimit: each.bodyLimitBytes }),
    onRequest: (request, _reply, done) => {
      try {
        const caller = callerOf(request);
        requireRight(caller, each.allowed);
        each.admit?.(caller);
        if (each.anyMediaType) request.raw.headers["content-type"] = "application/json";
      } catch (error) {
        done(error as Error);
        return;
      }
      done();
    },
    handler: async (request, reply) => send(reply, await each.answer(request, callerOf(request))),
  });
}

function send(reply: FastifyReply, { status, body, mediaType, retryAfterSeconds }: Answer): FastifyReply {
  if (retryAfterSeconds !== undefined) reply.header("retry-after", retryAfterSeconds);
  if (mediaType !== undefined) reply.type(mediaType);
  if (typeof body === "string") reply.serializer((text: unknown) => String(text));
  return reply.status(status).send(body);
}
