import { type Redis, SentinelConnector } from 'ioredis';

type Options = ConstructorParameters<typeof SentinelConnector>[0];

/**
 * Finds the primary with the help of Sentinels; some of them may be down. Without a listener ioredis would print each error
 * of its connections to Sentinels, with the stack.
 */
export class QuietSentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as Options);
    const own = this as unknown as { connectToSentinel(...args: unknown[]): Redis };
    const connect = own.connectToSentinel.bind(this);
    own.connectToSentinel = (...args) => connect(...args).on('error', () => {});
  }
}
