/** Counts the calls that a registry works on, so that a slow one can hold only so many of the gateway's exchanges. */

export interface Slots {
  /** True where a slot was free and is now taken. */
  take(): boolean;
  giveBack(): void;
}

export function createSlots(max: number): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= max) return false;
      taken += 1;
      return true;
    },
    giveBack() {
      taken -= 1;
    },
  };
}
