import { z } from "zod";
import {
  type ConfigSchema,
  loadConfig,
  publicKeyPin,
  type ResolvePath,
  type TlsFiles,
  tlsFiles,
} from "../../shared/config/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { durationBetween } from "../../shared/schema/index.ts";
import {
  createPinnedClient,
  datesProblem,
  type PinnedClient,
  readTlsIdentity,
  type TlsIdentity,
} from "../../shared/tls/index.ts";
import type { Arguments, OptionHelp } from "../command.ts";

/** Schema of `operator.yaml`; the annotated sample is `docs/samples/operator.yaml`. */
export const operatorConfig = ((resolvePath: ResolvePath) =>
  z.strictObject({
    service: z.literal("operator"),
    signer: z.strictObject({
      url: z.url({ protocol: /^https$/, error: "must be an address such as https://signer.internal:7400" }),
      pin: publicKeyPin,
      timeout: durationBetween("1s", "5m").default(10_000),
    }),
    tls: tlsFiles(resolvePath),
  })) satisfies ConfigSchema<z.ZodType>;

/** The option of every command that asks a running signer as an operator. */
export const operatorOption: OptionHelp = {
  type: "string",
  value: "FILE",
  required: true,
  help: "where the signer is and who asks; see docs/samples/operator.yaml",
};

/** Asks one signer, with an operator's certificate. */
export interface SignerConnection {
  /**
   * @returns the body of the answer.
   * @throws AttestorError `peer_refused` with the signer's own reason, `peer_unreachable`, `peer_not_pinned`,
   * `peer_answer_unusable`.
   */
  ask<S extends z.ZodType>(answer: S, ...request: Parameters<PinnedClient["request"]>): Promise<z.output<S>>;
}

const problem = z.object({ code: z.string().max(64), detail: z.string().max(20_000) });

/** Runs some work with a connection to the signer that the option --operator names. */
export async function withSigner<T>(args: Arguments, work: (signer: SignerConnection) => Promise<T>): Promise<T> {
  const file = args.required("operator");
  const { signer, tls } = loadConfig(file, operatorConfig);
  const client = createPinnedClient({
    peer: "signer",
    baseUrl: signer.url,
    identity: validIdentity(tls, file),
    pin: signer.pin,
    timeoutMs: signer.timeout,
  });
  try {
    return await work({ ask: (answer, ...request) => exchange(client, answer, request) });
  } finally {
    client.close();
  }
}

/** A signer closes the connection on an expired certificate and cannot say why; whoever holds it can. */
function validIdentity(files: TlsFiles, configFile: string): TlsIdentity {
  const identity = readTlsIdentity(files, configFile);
  const problem = datesProblem(identity.certificate, Date.now());
  if (problem === undefined) return identity;
  const advice = "renew it with `attestor certs issue --renew`, or correct this machine's clock";
  throw new AttestorError("config_invalid", {
    file: configFile,
    problems: [`tls.certificate: ${files.certificate} ${problem}: ${advice}`],
  });
}

async function exchange<S extends z.ZodType>(
  client: PinnedClient,
  form: S,
  request: Parameters<PinnedClient["request"]>,
): Promise<z.output<S>> {
  const { status, body } = await client.request(...request);
  if (status >= 400) {
    const { code, detail } = problem.safeParse(body).data ?? { code: `HTTP ${status}`, detail: `HTTP ${status}` };
    throw new AttestorError("peer_refused", { peer: "signer", code, detail });
  }
  const read = form.safeParse(body);
  if (read.success) return read.data;
  throw new AttestorError("peer_answer_unusable", { peer: "signer", reason: "its form is not the one expected" });
}
