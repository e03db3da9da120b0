import { type Redis, SentinelConnector } from 'ioredis';

type Options = ConstructorParameters<typeof SentinelConnector>[0];

/**
 * Finds the primary by Sentinels, some of which may be away. Of its own connections to them ioredis would print every
 * error, stack and all, as nobody listens.
 */
export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as Options);
    const own = this as unknown as { connectToSentinel(...parts: unknown[]): Redis };
    const connect = own.connectToSentinel.bind(this);
    own.connectToSentinel = (...parts) => connect(...parts).on('error', () => {});
  }
}
