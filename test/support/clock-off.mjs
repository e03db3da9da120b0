// Has a process take its clock for so many milliseconds later than it is: node --import, and CLOCK_OFF_MS.
const off = Number(process.env.CLOCK_OFF_MS);
const { now } = Date;

Date.now = () => now() + off;
globalThis.Date = new Proxy(Date, {
  construct: (Real, parts) => Reflect.construct(Real, parts.length === 0 ? [Real.now()] : parts),
});
