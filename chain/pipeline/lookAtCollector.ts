import { AttestorError } from "../../shared/errors/index.ts";
import type { DeliveryContext } from "./deliver.ts";

/** What came of asking a collector. */
export interface Look {
  /** Whether it answered; why not, the board says. */
  readonly answered: boolean;
  /** Whether there is something to deliver to it. */
  readonly deliver: boolean;
}

/**
 * Looks which store a collector has. When it is another than before (lost, restored elsewhere, set up anew), every packet
 * that is not executed is delivered again.
 */
export async function lookAtCollector(context: DeliveryContext): Promise<Look> {
  const { collector, store, clock, logger, board } = context;
  try {
    const instance = await collector.instance();
    board.report(`collector ${collector.name}`, "look", undefined);
    const again = instance === undefined ? undefined : store.outbox.noteInstance(collector.name, instance, clock.now());
    if (again === undefined) return { answered: true, deliver: false };
    logger.warn({ collector: collector.name, packets: again }, "a collector has another store: delivering again");
    return { answered: true, deliver: again > 0 };
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    board.report(`collector ${collector.name}`, "look", error.message);
    return { answered: false, deliver: false };
  }
}
