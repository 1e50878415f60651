import { ConnectorError } from '../spec.ts'

/** A genuine request that cannot be read. Nothing of it is kept, and the sender is told why. */
export const inboundUnreadable = (why: string, cause?: unknown) =>
  new ConnectorError('connectors.inbound_unreadable', `The event cannot be read: ${why}`, {
    kind: 'invalid',
    effect: 'none',
    cause,
  })
