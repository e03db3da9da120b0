import { type Redis, SentinelConnector } from 'ioredis';

type Options = ConstructorParameters<typeof SentinelConnector>[0];

/**
 * Finds the primary by Sentinels, some of which may be away. Without a listener ioredis would print each error of its
 * connections to them, with its stack.
 */
export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as Options);
    const own = this as unknown as { connectToSentinel(...args: unknown[]): Redis };
    const connect = own.connectToSentinel.bind(this);
    own.connectToSentinel = (...args) => connect(...args).on('error', () => {});
  }
}
