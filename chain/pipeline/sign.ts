import { AttestorError } from "../../shared/errors/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { printableAscii } from "../../shared/schema/index.ts";
import type { Attestation, Verdict } from "../../shared/wire/index.ts";
import { concurrently } from "../concurrently.ts";
import { sourcesOf } from "../providers.ts";
import {
  attestationProblem,
  type RuleRefusal,
  type SignerAnswer,
  type SignerClient,
  Withdrawn,
} from "../signerClient/index.ts";
import type { BlockRef } from "../source/index.ts";
import type { StoredPacket } from "../store/index.ts";
import { isGated, packetName, type RouteContext, stopRoute, tryLater } from "./routeContext.ts";

type Attesting = Pick<SignerClient, "attest">;

const packetsPerRound = 256;
const packetsAtOnce = 32;

/** Id of the signer's rule that denies white for an address on its own list, and how verdicts name that list. */
const denyListRule = "deny_list";
const denyListSource = "signer-deny-list";

/**
 * Reads screened and held packets again from the chain, has them signed, and stores what comes back once it is proved to
 * be our attestor's signature over exactly what we asked for.
 *
 * @returns how many were tried.
 */
export async function sign(context: RouteContext, signer: Attesting, final: BlockRef): Promise<number> {
  const { store, key, clock } = context;
  const packets = store.work.ready(key, ["screened", "held"], clock.now(), packetsPerRound);
  await concurrently(packets, packetsAtOnce, (packet) => signOne(context, signer, packet, final));
  return packets.length;
}

async function signOne(context: RouteContext, signer: Attesting, stored: StoredPacket, final: BlockRef) {
  const { sighting, verdict } = stored;
  if (!("packet" in sighting.content) || !verdict) return; // the store's constraints keep this from happening
  const { packet } = sighting.content;
  if (isGated(context)) return;
  if (sighting.block.height > final.height) {
    tryLater(context, stored, {
      code: "providers_behind",
      text: "the newest final block is older than the packet's",
    });
    return;
  }
  const offRoute = differenceFromRoute(context, packet);
  if (offRoute !== undefined) {
    refuse(context, stored, "packet_off_route", offRoute);
    return;
  }
  try {
    const difference = await context.source.differenceNow(sighting, final.height);
    if (difference !== undefined) {
      stopRoute(context, stored, `change below finality: ${difference}`);
      return;
    }
    if (isGated(context)) return;
    await settle(context, stored, packet, verdict, await ask(context, signer, packet, verdict));
  } catch (error) {
    if (error instanceof Withdrawn) return;
    if (!(error instanceof AttestorError)) throw error;
    tryLater(context, stored, { code: error.code, text: error.message });
  }
}

/** A packet of contracts that the route does not name is not ours to attest. */
function differenceFromRoute({ route }: RouteContext, packet: Packet): string | undefined {
  if (packet.source.chainId !== route.source.chain.chainId) return "source.chain_id: is not the route's source";
  if (packet.destination.chainId !== route.destination.chain.chainId) {
    return "destination.chain_id: is not the route's destination";
  }
  if (packet.source.address !== route.source.tokenService) return "source.address: is not the route's token service";
  if (packet.destination.address !== route.destination.tokenService) {
    return "destination.address: is not the route's token service";
  }
  return undefined;
}

/** A route that stops while the request waits for its turn takes it back. */
function ask(context: RouteContext, signer: Attesting, packet: Packet, verdict: Verdict): Promise<SignerAnswer> {
  const { deployment, source } = context.route;
  const request = { deployment, packet, verdict, sources: sourcesOf(source.chain) };
  return signer.attest(request, () => !isGated(context));
}

async function settle(
  context: RouteContext,
  stored: StoredPacket,
  packet: Packet,
  verdict: Verdict,
  answer: SignerAnswer,
): Promise<void> {
  const { store, clock, metrics, route, board } = context;
  metrics.signerAnswers.inc({ route: route.name, outcome: answer.outcome });
  // A signer that answers and cannot sign is not in order, as one that does not answer is.
  const trouble = answer.outcome === "failed" ? `${route.name}: ${answer.reason.text}` : undefined;
  board.report("signer", `attesting on ${route.name}`, trouble);
  switch (answer.outcome) {
    case "approved":
      await keep(context, stored, packet, answer.attestation, verdict);
      return;
    case "already_given":
      // The verdict that was released first is the one that counts, whatever our list says today.
      await keep(context, stored, packet, answer.attestation, answer.attestation.verdict);
      return;
    case "denied":
      if (answer.rule?.rule === denyListRule && verdict.result === "white") flag(context, stored, answer.rule);
      else refuse(context, stored, answer.reason.code, answer.reason.text);
      return;
    case "held":
      if (stored.state !== "held") store.packets.move(stored, "held", clock.now());
      tryLater(context, stored, answer.reason, answer.retryAfterMs);
      return;
    case "failed":
      tryLater(context, stored, answer.reason, answer.retryAfterMs);
  }
}

/** The signer's own list has the packet: what was white becomes flagged, and is asked for as such at once. */
function flag(context: RouteContext, stored: StoredPacket, { inputs }: RuleRefusal): void {
  const { store, clock, logger } = context;
  const version = printableAscii.safeParse(inputs.list).data ?? "unknown";
  const finding = { source: denyListSource, version, result: "flagged" } as const;
  const verdict: Verdict = { ...finding, screenedAt: new Date(clock.now()).toISOString() };
  store.packets.flag(stored, verdict, [...stored.findings, finding]);
  logger.warn({ packet: packetName(context, stored), verdict, inputs }, "the signer's list flags a packet");
}

async function keep(
  context: RouteContext,
  stored: StoredPacket,
  packet: Packet,
  attestation: Attestation,
  verdict: Verdict,
): Promise<void> {
  const { store, together, clock, logger, metrics, route } = context;
  const problem = attestationProblem(attestation, { route, packet, verdict: verdict.result });
  const name = packetName(context, stored);
  if (problem !== undefined) {
    metrics.rejectedAttestations.inc({ route: route.name });
    logger.error({ alarm: true, packet: name, problem }, "the signer's attestation is not what was asked for");
    tryLater(context, stored, {
      code: "attestation_rejected",
      text: `the signer's attestation was discarded: ${problem}`,
    });
    return;
  }
  await together(() => store.recordSigned(stored, attestation, clock.now()));
  logger.info({ packet: name, verdict: attestation.verdict.result }, "signed a packet");
}

function refuse(context: RouteContext, stored: StoredPacket, code: string, text: string): void {
  context.store.packets.move(stored, "refused", context.clock.now(), { reason: { code, text } });
  context.logger.warn({ packet: packetName(context, stored), code, reason: text }, "refused a packet");
}
