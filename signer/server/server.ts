import type { Clock } from "../../shared/clock/index.ts";
import { createHttpService, type HttpService, type Readiness } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { createPinDirectory, createPinnedServer, type LiveIdentity } from "../../shared/tls/index.ts";
import type { Attestor, SigningKey } from "../attest.ts";
import type { GateDesk, RateRule } from "../gate/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Newest } from "../newest/index.ts";
import { namesByPin, type PolicyInForce } from "../policy/index.ts";
import type { SignerState } from "../state/index.ts";
import { postAttestation, readAttestation } from "./attestations.ts";
import { postBatch } from "./batch.ts";
import { callerOf } from "./caller.ts";
import { readCheckpoints } from "./checkpoints.ts";
import { addEndpoints, type Endpoint } from "./endpoint.ts";
import { readHistory } from "./history.ts";
import { holdEndpoints } from "./holds.ts";
import { readKeys } from "./keys.ts";
import { postWaiver, putNewest, readWanted } from "./newest.ts";
import { withOpenApi } from "./openApi.ts";
import { pauseEndpoints } from "./pauses.ts";
import { postPolicy, readPolicyStatus } from "./policy.ts";
import { readStatus } from "./status.ts";
import { verulinkEndpoints } from "./verulink.ts";

export interface SignerServerParts {
  readonly identity: LiveIdentity;
  readonly policies: PolicyInForce;
  readonly keys: Iterable<SigningKey>;
  readonly attestor: Attestor;
  readonly state: SignerState;
  readonly ledger: Ledger;
  readonly newest: Newest;
  readonly readiness: () => Readiness;
  /** How many requests for attestations each client may send. */
  readonly rate: RateRule;
  /** Where operators act on what the gate holds. */
  readonly desk: GateDesk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The signer's one door for requests: HTTPS for clients and operators whose keys the policy in force pins. */
export function createSignerServer(parts: SignerServerParts): HttpService {
  const { policies, logger } = parts;
  const pins = createPinDirectory(namesByPin(policies.current().policy));
  policies.onChange(() => {
    const closed = pins.replace(namesByPin(policies.current().policy));
    if (closed > 0) logger.info({ connections: closed }, "closed connections that the policy no longer allows");
  });
  const service = createHttpService({
    logger,
    createServer: (handler) => createPinnedServer(parts.identity, pins, logger, handler),
  });
  addEndpoints(service, endpoints(parts), (request) => callerOf(request, policies.current().policy));
  return service;
}

/** Everything that can be asked of the signer. */
function endpoints(parts: SignerServerParts): readonly Endpoint[] {
  const { attestor, ledger, policies, keys, state, newest, desk, rate, clock, logger } = parts;
  return withOpenApi([
    postAttestation(attestor, rate),
    postBatch({ attestor, rate, logger }),
    readAttestation(ledger, policies),
    readKeys(keys),
    readPolicyStatus(policies, state),
    postPolicy(policies),
    readCheckpoints(state),
    readHistory({ state, newest, clock }),
    readWanted(newest),
    putNewest(newest),
    postWaiver(newest),
    readStatus(parts),
    ...holdEndpoints(desk),
    ...pauseEndpoints(desk),
    ...verulinkEndpoints(parts),
  ]);
}
