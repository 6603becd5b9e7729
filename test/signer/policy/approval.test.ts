import { describe, expect, it } from "vitest";
import {
  type Approval,
  approve,
  formatStatement,
  type Operator,
  type Statement,
  type Wanted,
} from "../../../signer/policy/index.ts";
import { rejection } from "../../shared/refusal.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { newKeyFile, signWith } from "../../support/sshKeygen.ts";
import { temporaryState } from "../state/temporaryState.ts";
import { type Hand, hands, hourMs } from "./policyWorld.ts";

const nowMs = Date.parse("2026-06-01T12:00:00Z");
const ledger = "0123456789abcdef0123456789abcdef";
const wanted: Wanted = { action: "resume", object: "route one-to-two", ledger, needed: 2 };
const good: Statement = { action: "resume", object: "route one-to-two", ledger, expiresMs: nowMs + hourMs };

const operator = (name: Hand, ...more: string[]): Operator => ({
  name,
  certificatePins: [],
  signingKeys: [hands[name].sshKey.split(" ").slice(0, 2).join(" "), ...more],
});
const operators = [operator("olga"), operator("otto")];

function signed(signers: readonly Hand[], changes: Partial<Statement> = {}): Approval {
  const statement = formatStatement({ ...good, ...changes });
  return { statement, signatures: signers.map((name) => hands[name].signWith(statement)) };
}

/** A signer's state in which approvals are spent. */
function signer(clockMs = nowMs) {
  const { state } = temporaryState({ now: () => clockMs, sleep: async () => {} });
  return (approval: Approval, asked: Partial<Wanted> = {}, by = operators) =>
    state.decide((transaction) => approve(transaction, approval, { ...wanted, ...asked }, by));
}

describe("an approval", () => {
  it("is accepted with the signatures of two operators, in whatever order", async () => {
    expect(await signer()(signed(["otto", "olga"]))).toEqual(["olga", "otto"]);
  });

  it("is accepted with one signature where one is enough", async () => {
    expect(await signer()(signed(["otto"]), { needed: 1 })).toEqual(["otto"]);
  });

  it("is accepted as ssh-keygen signs it", async () => {
    const folder = temporaryFolder();
    const keys = [newKeyFile(folder, ["ed25519"], "a"), newKeyFile(folder, ["ecdsa", "-b", "256"], "b")];
    const line = (index: number) => keys[index]?.line.split(" ").slice(0, 2).join(" ") ?? "";
    const by = ["olga", "otto"].map((name, index) => ({ name, certificatePins: [], signingKeys: [line(index)] }));
    const statement = formatStatement(good);
    const signatures = keys.map(({ file }) => signWith(file, statement));
    expect(await signer()({ statement, signatures }, {}, by)).toEqual(["olga", "otto"]);
  });

  it("is spent by its use, and stays so through whatever else happens", async () => {
    const decide = signer();
    const approval = signed(["olga", "otto"]);
    await decide(approval);
    const again = await rejection("approval_refused", decide(approval));
    expect(again.data.reason).toBe("the statement was used before");
    const others = { ...approval, signatures: approval.signatures.toReversed() };
    expect((await rejection("approval_refused", decide(others))).data.reason).toBe("the statement was used before");
  });

  it("is not spent by a refusal", async () => {
    const decide = signer();
    await rejection("approval_refused", decide(signed(["olga"])));
    expect(await decide(signed(["olga", "otto"]))).toEqual(["olga", "otto"]);
  });
});

describe("an approval is refused", () => {
  const elsewhere = "ffffffffffffffffffffffffffffffff";
  it.each<[string, Approval, string]>([
    ["with one signature of two", signed(["olga"]), "only olga signed"],
    ["with two signatures by one operator", signed(["olga", "olga"]), "only olga signed"],
    ["by anyone else", signed(["olga", "mallory"]), "signature 2 is by no operator of the policy in force"],
    [
      "about something else",
      signed(["olga", "otto"], { object: "route b" }),
      "the statement is about route b, not route one-to-two",
    ],
    ["of another action", signed(["olga", "otto"], { action: "waive-newest" }), "the statement is about waive-newest"],
    [
      "for another signer",
      signed(["olga", "otto"], { ledger: elsewhere }),
      `the statement is for ledger ${elsewhere}, not ${ledger}`,
    ],
    ["when it has expired", signed(["olga", "otto"], { expiresMs: nowMs }), "the statement has expired"],
    [
      "when it would be valid too long",
      signed(["olga", "otto"], { expiresMs: nowMs + 169 * hourMs }),
      "the statement is valid for more than 7 days",
    ],
    [
      "when its text was changed behind the signatures",
      { ...signed(["olga", "otto"], { object: "route b" }), statement: formatStatement(good) },
      "signature 1 is not over the statement",
    ],
    [
      "when it is no statement",
      { ...signed(["olga", "otto"]), statement: "hello" },
      "the statement is not in the form that `attestor policy statement` and its like write",
    ],
    [
      "when a signature is no signature",
      { ...signed(["olga"]), signatures: ["hello"] },
      "the SSH signature is not what `ssh-keygen -Y sign` writes",
    ],
    [
      "when a signature is for another purpose",
      { statement: formatStatement(good), signatures: [hands.olga.signWith(formatStatement(good), "git")] },
      "the SSH signature is not in namespace hsm-attestor; sign with -n hsm-attestor",
    ],
  ])("%s", async (_what, approval, reason) => {
    const { data } = await rejection("approval_refused", signer()(approval));
    expect(data).toEqual({ action: "resume", needed: 2, reason });
  });

  it("with two keys of one operator", async () => {
    const olga = operator("olga", ...operator("otto").signingKeys);
    const refused = await rejection("approval_refused", signer()(signed(["olga", "otto"]), {}, [olga]));
    expect(refused.data.reason).toBe("only olga signed");
    expect(refused.message).toBe("resume needs a statement signed by 2 different operators: only olga signed.");
  });
});
