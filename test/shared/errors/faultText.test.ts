import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AttestorError, faultText } from "../../../shared/errors/index.ts";

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

test("a fault's code comes with what it means, and without the fault's own text", () => {
  expect(faultText(thrownBy(() => readFileSync("/nonexistent/s3cret")))).toBe("ENOENT: there is no such file");
  expect(faultText(thrownBy(() => readFileSync("/")))).toBe("EISDIR: it is a folder");
});

test("a code that nothing is known of stands alone, as does the name of a fault without one", () => {
  expect(faultText(Object.assign(new Error("s3cret"), { code: "EWHATEVER" }))).toBe("EWHATEVER");
  expect(faultText(new RangeError("s3cret"))).toBe("RangeError");
});

test("a peer that takes no connection says why in words", () => {
  const saidOf = (reason: string) => new AttestorError("peer_unreachable", { peer: "signer", reason }).message;
  expect(saidOf("ECONNRESET")).toBe(
    "The signer does not answer (ECONNRESET: it closed the connection; it may not take this certificate).",
  );
  expect(saidOf("SELF_SIGNED_CERT_IN_CHAIN")).toContain("its certificate is not from tls.peerAuthority");
  expect(saidOf("time-out")).toBe("The signer does not answer (time-out).");
});
