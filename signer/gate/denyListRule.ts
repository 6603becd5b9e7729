import type { DenyList } from "../policy/index.ts";
import { deny, pass, passWith, type Rule } from "./rule.ts";

/**
 * Addresses in the signer's own list are never signed white, whatever the client's screening says. The client may then
 * submit the packet as flagged. Stands after the route rule, which has made sure of the addresses' spelling.
 */
export function denyListRule(list: DenyList | undefined): Rule {
  return {
    id: "deny_list",
    judge({ request: { packet, verdict } }) {
      if (!list || verdict.result !== "white") return pass;
      const { version, has } = list.now();
      const { senderAddress, receiverAddress, destTokenAddress } = packet.message;
      const fields = [
        ["packet.message.sender_address", senderAddress],
        ["packet.message.receiver_address", receiverAddress],
        ["packet.message.dest_token_address", destTokenAddress],
      ] as const;
      const hit = fields.find(([, address]) => has(address));
      if (!hit) return passWith({ list: version });
      const [field, found] = hit;
      return deny(`${field} is on the signer's deny list; it can only be attested flagged`, {
        field,
        found,
        list: version,
      });
    },
  };
}
