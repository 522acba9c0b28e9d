/** Two logs of one name on one state database: whoever comes second must neither take the rows of the first nor remove them. */

export class ForeignLog extends Error {
  override readonly name = 'ForeignLog';

  constructor(origin: string) {
    super(
      `the state database holds the index of another log of the name ${origin}: a gateway with the same ` +
        'exchangeLog.origin uses it, or this one began a new log after its own was lost. Put the lost log back, give this gateway an ' +
        'exchangeLog.origin that no log has had (docs/exchange-log.md, "A log that is lost"), or a state database of its own',
    );
  }
}
