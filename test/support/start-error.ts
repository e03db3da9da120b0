import { expect } from 'chai';
import { StartError } from '../../src/process/lifecycle.js';

/** What is said of some variables at the start of a service; nothing where it starts. */
export function complaint(load: () => unknown, variables: Record<string, string>): string {
  const environment = process.env;
  process.env = { ...environment, ...variables };
  try {
    load();
    return '';
  } catch (error) {
    expect(error).to.be.instanceOf(StartError);
    return (error as Error).message;
  } finally {
    process.env = environment;
  }
}
