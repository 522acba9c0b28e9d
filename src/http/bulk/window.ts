/** Keeps the results of lines in their order, and so few lines begun and unwritten that a slow reader slows the whole down. */

export interface Window {
  readonly isFull: boolean;
  /** Resolves when another line may begin. */
  room(): Promise<void>;
  /** `result` never rejects. */
  add(bytes: number, result: Promise<string>): void;
  /** Resolves when every result is written. */
  idle(): Promise<void>;
}

export interface WindowSettings {
  readonly inFlightMax: number;
  readonly inFlightBytesMax: number;
  /** Resolves when more may be written; resolves, too, where nobody reads any more. */
  readonly write: (text: string) => Promise<void> | undefined;
}

interface Place {
  readonly bytes: number;
  text: string | undefined;
}

export function createWindow({ inFlightMax, inFlightBytesMax, write }: WindowSettings): Window {
  const places: Place[] = [];
  let bytes = 0;
  let isWriting = false;
  let changed = Promise.withResolvers<void>();

  const isFull = () => places.length >= inFlightMax || (bytes >= inFlightBytesMax && places.length > 0);

  /** Results that are there in the same turn of the event loop, as after a commit of the log, are written in one. */
  function writeSoon(): void {
    if (isWriting || places[0]?.text === undefined) return;
    isWriting = true;
    setImmediate(() => void writeReady());
  }

  async function writeReady(): Promise<void> {
    while (places[0]?.text !== undefined) {
      const next = places.findIndex(({ text }) => text === undefined);
      const ready = next === -1 ? places.length : next;
      // They keep their places until the reader has made room for them.
      await write(
        places
          .slice(0, ready)
          .map(({ text }) => text)
          .join(''),
      );
      for (const place of places.splice(0, ready)) bytes -= place.bytes;
      changed.resolve();
      changed = Promise.withResolvers();
    }
    isWriting = false;
  }

  return {
    get isFull() {
      return isFull();
    },
    async room() {
      while (isFull()) await changed.promise;
    },
    add(lineBytes, result) {
      const place: Place = { bytes: lineBytes, text: undefined };
      places.push(place);
      bytes += lineBytes;
      void result.then((text) => {
        place.text = text;
        if (place === places[0]) writeSoon();
      });
    },
    async idle() {
      while (places.length > 0) await changed.promise;
    },
  };
}
