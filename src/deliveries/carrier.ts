/** Carries one push through its legs, from one registry to the next, until it has come to an end or has to wait. */

import type { Delivery } from '../adapter-kit/delivery.ts';
import type { Catalogue } from '../exchange/ports.ts';
import type { PushLeg } from '../exchange/services.ts';
import type { Calls } from './calls.ts';
import type { Claimed } from './claims.ts';
import { type Carried, createMovingOn, type MovingOnSetup } from './moving-on.ts';
import { pushOf, stateOfWaiting } from './offered-pushes.ts';
import { createSettling, type SettlingSetup } from './settling.ts';
import { openMessage, openResults } from './stored.ts';

export interface CarrierSetup extends MovingOnSetup, Omit<SettlingSetup, 'move'> {
  readonly catalogue: Catalogue;
  readonly calls: Calls;
}

export interface Carrier {
  /** Until it is settled, put back, or in other hands. Rejects when the signal aborts: then it is to be given back. */
  carry(claimed: Claimed, signal: AbortSignal): Promise<void>;
}

export function createCarrier(setup: CarrierSetup): Carrier {
  const { secrets, catalogue, calls } = setup;
  const { move, abandon } = createMovingOn(setup);
  const { settleLeg, pause } = createSettling({ ...setup, move });

  async function carryLegs(one: Carried, signal: AbortSignal): Promise<void> {
    for (let leg = one.push.legs[one.state.leg]; leg !== undefined; leg = one.push.legs[one.state.leg]) {
      if (calls.circuitOf(leg.registry) === 'open') return void (await pause(one, leg));
      const leave = await calls.turn(leg, signal);
      try {
        if (!(await begin(one, leg))) return;
        const outcome = await calls.give(one.push, leg, deliveryOf(one, leg), signal);
        if (!(await settleLeg(one, leg, outcome))) return;
      } finally {
        leave();
      }
    }
  }

  /** A leg that waits for its registry is asked again and again: that alone is no news. One that is given again is. */
  async function begin(one: Carried, leg: PushLeg): Promise<boolean> {
    const { state } = one;
    if (state.state === stateOfWaiting(leg) || one.isBegun) return true;
    return move(one, { state: 'delivering', leg: state.leg, tries: state.tries }, 'held');
  }

  return {
    async carry(claimed, signal) {
      const push = pushOf(catalogue, claimed);
      if (push === undefined || claimed.content === null || push.legs[claimed.leg] === undefined) {
        return abandon(claimed);
      }
      const { id, state, leg, tries, problem, inDoubt } = claimed;
      const message = openMessage(secrets, id, claimed.content);
      const results = openResults(secrets, id, claimed.results);
      const before = { state, leg, tries, problem };
      await carryLegs({ claimed, message, push, results, state: before, inDoubt, isBegun: false }, signal);
    },
  };
}

function deliveryOf({ claimed, message, results }: Carried, { delivery }: PushLeg): Delivery {
  const { id: exchangeId, sender, acceptedAtMs } = claimed;
  const { legs, round = 0 } = results;
  return { exchangeId, leg: delivery, round, message: message.value, sender, acceptedAtMs, results: legs };
}
