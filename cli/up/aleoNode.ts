import { z } from "zod";
import {
  type AleoAccount,
  type AleoReceipt,
  attestorAddress,
  bridgeProgram,
  createBlocks,
  devnodeCommand,
  devnodeKey,
  devnodeUrl,
  openAleoAccount,
  remoteAddress,
  untilDevnodeIsReady,
} from "../../contracts/index.ts";
import { outPacket, parsePlaintext, verulinkAleoEcdsaDomain } from "../../shared/aleo/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { AleoPlan } from "./aleoPlan.ts";
import type { AleoUsers } from "./aleoSide.ts";
import type { ChildPlan } from "./children.ts";

const blockEveryMs = 1_000;
const startDeadline = 30_000;

const readyCall = z.object({ function: z.literal("consume"), inputs: z.array(z.string()) });
const entry = z.string().nullable();
const block = z.object({ header: z.object({ metadata: z.object({ timestamp: z.number() }) }) });

/** A real Aleo virtual machine as a process of its own. It keeps its blocks in memory. */
export function devnodeProgram({ name, port }: AleoPlan, command: readonly string[], logFile: string): ChildPlan {
  const [program = "", ...args] = devnodeCommand(command, { port });
  return { name: `chain ${name}`, essential: true, logFile, command: [program, ...args] };
}

/** What the bridge is set up with. */
export interface AleoBridgeSettings {
  /** The bridge's number for the chain at the other end. */
  readonly otherChainId: bigint;
  /** EVM addresses of the attestors' keys, and how many of them have to agree. */
  readonly attestors: readonly string[];
  readonly threshold: number;
}

/**
 * Waits for the node, deploys the bridge there and sets it up. One account, which every such node makes rich, does all that
 * the local network's users do, and stands for the token service too. A block is made each second from then on.
 */
export async function connectDevnode(aleo: AleoPlan, settings: AleoBridgeSettings): Promise<AleoUsers> {
  const url = devnodeUrl(aleo.port);
  if (!(await untilDevnodeIsReady(url, startDeadline))) {
    throw new AttestorError("setup_needed", { reason: "chain aleo did not start within 30 seconds" });
  }
  const account = openAleoAccount(url, devnodeKey);
  const call = await deployBridge(aleo, settings, account);
  setInterval(() => void createBlocks(url, 1).catch(() => undefined), blockEveryMs).unref();
  const read = async <T extends z.ZodType>(path: string, answer: T): Promise<z.output<T>> =>
    answer.parse(await (await fetch(`${url}/${aleo.network}/${path}`)).json());
  const inTurn = turns();
  let published = 0n;
  return {
    publish: (publication) =>
      inTurn(async () => {
        const {
          destinationChainId: chain,
          destinationService,
          destinationToken,
          sender,
          receiver,
          amount,
        } = publication;
        const to = [`${chain}u128`, remoteAddress(destinationService), remoteAddress(destinationToken)];
        await call("publish", ...to, sender, remoteAddress(receiver), `${amount}u128`);
        published += 1n;
        const key = `{chain_id:${chain}u128,sequence:${published}u64}`;
        const stored = await read(`program/${aleo.program}/mapping/out_packets/${key}`, entry);
        const { sequence, height } = outPacket(parsePlaintext(stored ?? "", "packet"));
        return { sequence, timestamp: (await read(`block/${height}`, block)).header.metadata.timestamp };
      }),
    consume: ({ call: made }) =>
      inTurn(async () => {
        const { function: name, inputs } = readyCall.parse(made);
        const { accepted } = await account.call({ program: call.text, function: name, inputs });
        return accepted ? undefined : "the virtual machine rejected the transaction";
      }),
  };
}

async function deployBridge(aleo: AleoPlan, settings: AleoBridgeSettings, account: AleoAccount) {
  const { network, program, chainId } = aleo;
  const text = bridgeProgram({ program, chainId, domain: verulinkAleoEcdsaDomain({ network, program }) });
  accepted("the deployment of the bridge", await account.deploy(text));
  const call = async (name: string, ...inputs: readonly string[]) =>
    accepted(name, await account.call({ program: text, function: name, inputs }));
  for (const [index, attestor] of settings.attestors.entries()) {
    // Each step needs a majority of those who are registered so far; the last one sets what is wanted.
    const isLast = index === settings.attestors.length - 1;
    const threshold = isLast ? settings.threshold : Math.floor((index + 1) / 2) + 1;
    await call("register_attestor", attestorAddress(attestor), `${threshold}u8`);
  }
  await call("set_chain", `${settings.otherChainId}u128`, "true");
  await call("set_service", account.address, "true");
  await call("set_paused", "false");
  return Object.assign(call, { text });
}

function accepted(what: string, { accepted: isAccepted }: AleoReceipt): void {
  if (!isAccepted) throw new AttestorError("setup_needed", { reason: `the Aleo node rejected ${what}` });
}

/** One after the other: each transaction keeps the process busy, and numbers are counted. */
function turns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
