/** What a scenario needs is not on this machine: it is left out, and the run says so and goes on. */

export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
