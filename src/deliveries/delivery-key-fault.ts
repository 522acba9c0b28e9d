/** Says what an operator has to do where a gateway came with a delivery key of its own; its message is ours, and may be told. */

export class DeliveryKeyFault extends Error {
  override readonly name = 'DeliveryKeyFault';

  constructor() {
    super(
      'the state database has pushes under another delivery key: give all its gateways the same deliveries.keyFile',
    );
  }
}
