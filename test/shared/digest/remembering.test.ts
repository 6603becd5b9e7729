import { expect, it } from "vitest";
import { remembering } from "../../../shared/digest/remembering.ts";
import { verulinkEvm } from "../../../shared/digest/verulinkEvm.ts";
import { samplePacket } from "../../signer/samples.ts";

it("hashes a packet once for each verdict, and another packet by itself", () => {
  const hashed: string[] = [];
  const scheme = remembering({
    ...verulinkEvm,
    digestOf(packet, verdict) {
      hashed.push(`${packet.sequence} ${verdict}`);
      return verulinkEvm.digestOf(packet, verdict);
    },
  });
  const [first, second] = [samplePacket({ sequence: 1n }), samplePacket({ sequence: 2n })];
  for (const packet of [first, second, first, second]) {
    for (const verdict of ["white", "flagged"] as const) {
      expect(scheme.digestOf(packet, verdict)).toEqual(verulinkEvm.digestOf(packet, verdict));
    }
  }
  expect(hashed).toEqual(["1 white", "1 flagged", "2 white", "2 flagged"]);
});

it("remembers no digest that could not be made", () => {
  const scheme = remembering(verulinkEvm);
  const packet = samplePacket({ message: { amount: -1n } });
  for (let times = 0; times < 2; times += 1) expect(() => scheme.digestOf(packet, "white")).toThrow("message.amount");
});
