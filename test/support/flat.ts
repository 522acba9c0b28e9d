/** One shape over many kinds, for tests that look into answers and entries of which they know the kind. */

type NamesIn<Kinds> = Kinds extends unknown ? keyof Kinds : never;
type ValueIn<Kinds, Name> = Kinds extends unknown ? (Name extends keyof Kinds ? Kinds[Name] : never) : never;

/** Every member that any of the kinds has. One that this value lacks is read as undefined, and the test fails on it. */
export type Flat<Kinds> = { readonly [Name in NamesIn<Kinds>]: ValueIn<Kinds, Name> };
