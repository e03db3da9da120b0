// Loaded before a service: tells the process that started it which functions of dist/ the service runs, and in what order. A
// thread of its own does so, by the inspector of V8, so that what it does itself is not counted.
import { Session } from 'node:inspector';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const SELF = new URL(import.meta.url);
const DIST = new URL('../../dist/', SELF).href;

if (isMainThread) listen();
else if (workerData === SELF.href) record();

/**
 * A function of a script.
 *
 * @typedef {{ scriptId: string, url: string, name: string, offset: number }} Called
 */

/** Lets the parent process ask the thread, and notes which functions are entered: breakpoints call `journeyEntered`. */
function listen() {
  const thread = new Worker(SELF, { workerData: SELF.href, execArgv: [] });
  thread.unref();
  /** @type {Map<number, string>} */
  let entered = new Map();
  Object.assign(globalThis, {
    /** @param {number} index @returns false, so that nothing stands still */
    journeyEntered(index) {
      // The clock is the same in all processes.
      if (!entered.has(index)) entered.set(index, String(process.hrtime.bigint()));
      return false;
    },
  });
  process.on('message', (/** @type {{ command: string }} */ message) => {
    if (message.command !== 'enteredSince') return thread.postMessage(message);
    process.send?.({ value: [...entered] });
    entered = new Map();
  });
  thread.on('message', (message) => process.send?.(message));
}

function record() {
  const session = new Session();
  session.connectToMainThread();
  /** @type {(method: string, parameters?: object) => Promise<any>} */
  const post = (method, parameters) =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) =>
        error ? reject(error) : resolve(result),
      );
    });
  /** @type {Map<string, string>} */
  const urls = new Map();
  session.on('Debugger.scriptParsed', ({ params: { scriptId, url } }) => {
    if (url.startsWith(DIST)) urls.set(scriptId, url.slice(DIST.length));
  });

  /** Forgets what was called until now. @returns those functions */
  async function calledSince() {
    const { result } = await post('Profiler.takePreciseCoverage');
    /** @type {Called[]} */
    const called = [];
    for (const { scriptId, functions } of result) {
      const url = urls.get(scriptId);
      for (const { functionName: name, ranges } of url === undefined ? [] : functions) {
        const [{ startOffset: offset, count }] = ranges;
        // The module itself, which has no name and begins at 0, has run when it was loaded.
        if (count > 0 && offset > 0) called.push({ scriptId, url: String(url), name, offset });
      }
    }
    return called;
  }

  /** Has some functions note when they are entered. @param {Called[]} functions */
  async function watch(functions) {
    await post('Profiler.stopPreciseCoverage');
    for (const [index, { scriptId, offset }] of functions.entries()) {
      const { scriptSource } = await post('Debugger.getScriptSource', { scriptId });
      const before = scriptSource.slice(0, offset).split('\n');
      const start = { scriptId, lineNumber: before.length - 1, columnNumber: before.at(-1).length };
      const { locations } = await post('Debugger.getPossibleBreakpoints', {
        start,
        restrictToFunction: true,
      });
      const [location] = locations;
      const condition = `journeyEntered(${index})`;
      if (location !== undefined) await post('Debugger.setBreakpoint', { location, condition });
    }
  }

  /** @type {Record<string, (value: any) => unknown>} */
  const commands = {
    async start() {
      await post('Debugger.enable');
      await post('Profiler.enable');
      await post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    },
    calledSince,
    watch,
  };
  parentPort?.on('message', async ({ command, value }) => {
    parentPort?.postMessage({ value: await commands[command]?.(value) });
  });
}
