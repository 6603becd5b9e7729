import type { Command } from "../command.ts";

/** A command in the list: what finding it and describing it needs. The rest is loaded when it runs. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Loaded on demand, so that a signer's process holds nothing but the signer. */
  load(): Promise<Command>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: "up",
    summary: "run a local bridge: two chains, three attestors, packets both ways",
    load: async () => (await import("./up.ts")).up,
  },
  { name: "signer", summary: "run the signing daemon", load: async () => (await import("./signer.ts")).signer },
  {
    name: "signer status",
    summary: "show whether a signer can sign, and whom it waits for",
    load: async () => (await import("./signerStatus.ts")).signerStatus,
  },
  {
    name: "signer statement",
    summary: "print the statement that operators sign to go on without a client",
    load: async () => (await import("./signerStatement.ts")).signerStatement,
  },
  {
    name: "signer waive",
    summary: "go on without what a client holds, for which two operators signed",
    load: async () => (await import("./signerWaive.ts")).signerWaive,
  },
  {
    name: "keeper",
    summary: "run the keepers' supervisor under their own user",
    load: async () => (await import("./keeper.ts")).keeper,
  },
  { name: "chain", summary: "run the chain-service", load: async () => (await import("./chain.ts")).chain },
  {
    name: "chain backup",
    summary: "copy a chain-service's database while it runs, and check the copy",
    load: async () => (await import("./chainBackup.ts")).chainBackup,
  },
  {
    name: "chain disputes",
    summary: "show where providers of a chain contradicted each other",
    load: async () => (await import("./chainDisputes.ts")).chainDisputes,
  },
  {
    name: "chain rescan",
    summary: "read final blocks again and compare every packet with the database",
    load: async () => (await import("./chainRescan.ts")).chainRescan,
  },
  {
    name: "chain resume",
    summary: "let a stopped chain or route go on, once you have looked",
    load: async () => (await import("./chainResume.ts")).chainResume,
  },
  {
    name: "collector",
    summary: "run the collector, the common database",
    load: async () => (await import("./collector.ts")).collector,
  },
  {
    name: "status",
    summary: "show where every route of a chain-service stands",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "packets",
    summary: "list the packets of a chain-service",
    load: async () => (await import("./packets.ts")).packets,
  },
  {
    name: "packet show",
    summary: "show everything that a chain-service knows about one packet",
    load: async () => (await import("./packetShow.ts")).packetShow,
  },
  {
    name: "packet retry",
    summary: "let a refused packet pass every gate again",
    load: async () => (await import("./packetRetry.ts")).packetRetry,
  },
  {
    name: "digest",
    summary: "print what is signed for a packet and a verdict",
    load: async () => (await import("./digest.ts")).digest,
  },
  {
    name: "digest program",
    summary: "print the Aleo program that verifies what attestors sign for it",
    load: async () => (await import("./digestProgram.ts")).digestProgram,
  },
  {
    name: "config check",
    summary: "check a service's configuration file",
    load: async () => (await import("./configCheck.ts")).configCheck,
  },
  {
    name: "policy check",
    summary: "check a policy against a signer's keys",
    load: async () => (await import("./policyCheck.ts")).policyCheck,
  },
  {
    name: "policy diff",
    summary: "show what a new policy allows more and less",
    load: async () => (await import("./policyDiff.ts")).policyDiff,
  },
  {
    name: "policy statement",
    summary: "print the statement that operators sign for a policy",
    load: async () => (await import("./policyStatement.ts")).policyStatement,
  },
  {
    name: "policy apply",
    summary: "put a signed policy into force",
    load: async () => (await import("./policyApply.ts")).policyApply,
  },
  {
    name: "policy show",
    summary: "show which policy a signer has in force",
    load: async () => (await import("./policyShow.ts")).policyShow,
  },
  {
    name: "hold list",
    summary: "list what a signer holds",
    load: async () => (await import("./holdList.ts")).holdList,
  },
  {
    name: "hold show",
    summary: "show one hold: the packet, who asked, what the rules saw",
    load: async () => (await import("./holdShow.ts")).holdShow,
  },
  {
    name: "hold release",
    summary: "approve a hold that waits for review",
    load: async () => (await import("./holdRelease.ts")).holdRelease,
  },
  {
    name: "hold drop",
    summary: "drop a hold: its content is denied from now on",
    load: async () => (await import("./holdDrop.ts")).holdDrop,
  },
  {
    name: "pause",
    summary: "stop a signer or a route from signing",
    load: async () => (await import("./pause.ts")).pause,
  },
  {
    name: "pause list",
    summary: "list the pauses of a signer",
    load: async () => (await import("./pauseList.ts")).pauseList,
  },
  {
    name: "pause statement",
    summary: "print the statement that operators sign to end a pause",
    load: async () => (await import("./pauseStatement.ts")).pauseStatement,
  },
  {
    name: "pause end",
    summary: "end a pause that two operators signed for",
    load: async () => (await import("./pauseEnd.ts")).pauseEnd,
  },
  {
    name: "clock show",
    summary: "show whether a signer's clock was set and that is not acknowledged",
    load: async () => (await import("./clockShow.ts")).clockShow,
  },
  {
    name: "clock statement",
    summary: "print the statement that operators sign to acknowledge a clock that was set",
    load: async () => (await import("./clockStatement.ts")).clockStatement,
  },
  {
    name: "clock acknowledge",
    summary: "let a signer believe its clock again, as two operators signed",
    load: async () => (await import("./clockAcknowledge.ts")).clockAcknowledge,
  },
  {
    name: "ledger init",
    summary: "create the signer's attest-once ledger",
    load: async () => (await import("./ledgerInit.ts")).ledgerInit,
  },
  {
    name: "ledger bind",
    summary: "bind new keys to the signer's ledger",
    load: async () => (await import("./ledgerBind.ts")).ledgerBind,
  },
  {
    name: "ledger export",
    summary: "write a ledger's history for another one to take over",
    load: async () => (await import("./ledgerExport.ts")).ledgerExport,
  },
  {
    name: "ledger import",
    summary: "take over the history of another ledger",
    load: async () => (await import("./ledgerImport.ts")).ledgerImport,
  },
  {
    name: "ledger statement",
    summary: "print the statement that operators sign to have a standby take over",
    load: async () => (await import("./ledgerStatement.ts")).ledgerStatement,
  },
  {
    name: "ledger take-over",
    summary: "have a standby take the keys over, for which two operators signed",
    load: async () => (await import("./ledgerTakeOver.ts")).ledgerTakeOver,
  },
  {
    name: "ledger verify",
    summary: "check every record of a ledger or of an exported history",
    load: async () => (await import("./ledgerVerify.ts")).ledgerVerify,
  },
  {
    name: "audit verify",
    summary: "show whether a signer's audit chain was changed",
    load: async () => (await import("./auditVerify.ts")).auditVerify,
  },
  {
    name: "audit explain",
    summary: "tell what a signer decided on a packet, and why",
    load: async () => (await import("./auditExplain.ts")).auditExplain,
  },
  { name: "hsm init", summary: "initialise a token", load: async () => (await import("./hsmInit.ts")).hsmInit },
  {
    name: "hsm keygen",
    summary: "generate a signing key inside a token",
    load: async () => (await import("./hsmKeygen.ts")).hsmKeygen,
  },
  {
    name: "hsm list",
    summary: "list a token's keys and check their attributes",
    load: async () => (await import("./hsmList.ts")).hsmList,
  },
  {
    name: "hsm rotate",
    summary: "generate the key that takes over from another",
    load: async () => (await import("./hsmRotate.ts")).hsmRotate,
  },
  {
    name: "hsm inspect",
    summary: "show what a module and a token say of themselves",
    load: async () => (await import("./hsmInspect.ts")).hsmInspect,
  },
  {
    name: "hsm doctor",
    summary: "check a signer's keys, PINs, clock and speed",
    load: async () => (await import("./hsmDoctor.ts")).hsmDoctor,
  },
  {
    name: "hsm ceremony",
    summary: "make a key before witnesses and write down how",
    load: async () => (await import("./hsmCeremony.ts")).hsmCeremony,
  },
  {
    name: "hsm ceremony verify",
    summary: "check the transcript of a key ceremony and who signed it",
    load: async () => (await import("./hsmCeremonyVerify.ts")).hsmCeremonyVerify,
  },
  {
    name: "certs ca",
    summary: "create a certificate authority",
    load: async () => (await import("./certsCa.ts")).certsCa,
  },
  {
    name: "certs issue",
    summary: "issue a server or client certificate",
    load: async () => (await import("./certsIssue.ts")).certsIssue,
  },
  {
    name: "certs pin",
    summary: "print the public key pin of a certificate",
    load: async () => (await import("./certsPin.ts")).certsPin,
  },
];
