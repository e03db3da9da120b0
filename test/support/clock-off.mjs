// Has a process take its clock for later than it is: node --import. By CLOCK_OFF_MS milliseconds, or by as many as the file
// CLOCK_OFF_FILE says, which is looked at now and then.
import { readFileSync } from 'node:fs';

const { CLOCK_OFF_MS, CLOCK_OFF_FILE } = process.env;
const { now } = Date;
const { setInterval } = globalThis;
let off = Number(CLOCK_OFF_MS ?? 0);

if (CLOCK_OFF_FILE !== undefined) {
  const look = () => {
    off = Number(readFileSync(CLOCK_OFF_FILE, 'utf8'));
  };
  look();
  setInterval(look, 50).unref();
}

Date.now = () => now() + off;
globalThis.Date = new Proxy(Date, {
  construct: (Real, parts) => Reflect.construct(Real, parts.length === 0 ? [Real.now()] : parts),
});
