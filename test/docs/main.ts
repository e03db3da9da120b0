import { commandsOf, documents } from './commands.js';
import { startSession } from './session.js';

/** `npm run docs-check`: tries every shell command of every document, on the ports that they name. */
const session = await startSession();
const failures: string[] = [];
const counts = new Map<string, number>();
try {
  for (const command of documents().flatMap(commandsOf)) {
    const { way, fault, note } = await session.try(command);
    counts.set(way, (counts.get(way) ?? 0) + 1);
    const [first = ''] = command.text.split('\n');
    const verdict = fault === undefined ? 'ok  ' : 'FAIL';
    console.log(`${verdict} ${command.where.padEnd(24)} ${first}${note && ` (${note})`}`);
    if (fault !== undefined) failures.push(`${command.where}: ${command.text}\n${fault}`);
  }
} finally {
  await session.close();
}
console.log([...counts].map(([way, count]) => `${way}: ${count}`).join(', '));
for (const failure of failures) console.error(`\n${failure}`);
process.exit(failures.length === 0 ? 0 : 1);
